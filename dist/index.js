/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = require("node:net");
;// CONCATENATED MODULE: external "os"
const external_os_namespaceObject = require("os");
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/utils.js
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * Sanitizes an input into a string so it can be passed into issueCommand safely
 * @param input input to sanitize into a string
 */
function utils_toCommandValue(input) {
    if (input === null || input === undefined) {
        return '';
    }
    else if (typeof input === 'string' || input instanceof String) {
        return input;
    }
    return JSON.stringify(input);
}
/**
 *
 * @param annotationProperties
 * @returns The command properties to send with the actual annotation command
 * See IssueCommandProperties: https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs#L646
 */
function utils_toCommandProperties(annotationProperties) {
    if (!Object.keys(annotationProperties).length) {
        return {};
    }
    return {
        title: annotationProperties.title,
        file: annotationProperties.file,
        line: annotationProperties.startLine,
        endLine: annotationProperties.endLine,
        col: annotationProperties.startColumn,
        endColumn: annotationProperties.endColumn
    };
}
//# sourceMappingURL=utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/command.js


/**
 * Issues a command to the GitHub Actions runner
 *
 * @param command - The command name to issue
 * @param properties - Additional properties for the command (key-value pairs)
 * @param message - The message to include with the command
 * @remarks
 * This function outputs a specially formatted string to stdout that the Actions
 * runner interprets as a command. These commands can control workflow behavior,
 * set outputs, create annotations, mask values, and more.
 *
 * Command Format:
 *   ::name key=value,key=value::message
 *
 * @example
 * ```typescript
 * // Issue a warning annotation
 * issueCommand('warning', {}, 'This is a warning message');
 * // Output: ::warning::This is a warning message
 *
 * // Set an environment variable
 * issueCommand('set-env', { name: 'MY_VAR' }, 'some value');
 * // Output: ::set-env name=MY_VAR::some value
 *
 * // Add a secret mask
 * issueCommand('add-mask', {}, 'secretValue123');
 * // Output: ::add-mask::secretValue123
 * ```
 *
 * @internal
 * This is an internal utility function that powers the public API functions
 * such as setSecret, warning, error, and exportVariable.
 */
function command_issueCommand(command, properties, message) {
    const cmd = new Command(command, properties, message);
    process.stdout.write(cmd.toString() + external_os_namespaceObject.EOL);
}
function command_issue(name, message = '') {
    command_issueCommand(name, {}, message);
}
const CMD_STRING = '::';
class Command {
    constructor(command, properties, message) {
        if (!command) {
            command = 'missing.command';
        }
        this.command = command;
        this.properties = properties;
        this.message = message;
    }
    toString() {
        let cmdStr = CMD_STRING + this.command;
        if (this.properties && Object.keys(this.properties).length > 0) {
            cmdStr += ' ';
            let first = true;
            for (const key in this.properties) {
                if (this.properties.hasOwnProperty(key)) {
                    const val = this.properties[key];
                    if (val) {
                        if (first) {
                            first = false;
                        }
                        else {
                            cmdStr += ',';
                        }
                        cmdStr += `${key}=${escapeProperty(val)}`;
                    }
                }
            }
        }
        cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
        return cmdStr;
    }
}
function escapeData(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A');
}
function escapeProperty(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A')
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C');
}
//# sourceMappingURL=command.js.map
;// CONCATENATED MODULE: external "crypto"
const external_crypto_namespaceObject = require("crypto");
;// CONCATENATED MODULE: external "fs"
const external_fs_namespaceObject = require("fs");
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/file-command.js
// For internal use, subject to change.
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */




function file_command_issueFileCommand(command, message) {
    const filePath = process.env[`GITHUB_${command}`];
    if (!filePath) {
        throw new Error(`Unable to find environment variable for file command ${command}`);
    }
    if (!external_fs_namespaceObject.existsSync(filePath)) {
        throw new Error(`Missing file at path: ${filePath}`);
    }
    external_fs_namespaceObject.appendFileSync(filePath, `${utils_toCommandValue(message)}${external_os_namespaceObject.EOL}`, {
        encoding: 'utf8'
    });
}
function file_command_prepareKeyValueMessage(key, value) {
    const delimiter = `ghadelimiter_${external_crypto_namespaceObject.randomUUID()}`;
    const convertedValue = utils_toCommandValue(value);
    // These should realistically never happen, but just in case someone finds a
    // way to exploit uuid generation let's not allow keys or values that contain
    // the delimiter.
    if (key.includes(delimiter)) {
        throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
    }
    if (convertedValue.includes(delimiter)) {
        throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
    }
    return `${key}<<${delimiter}${external_os_namespaceObject.EOL}${convertedValue}${external_os_namespaceObject.EOL}${delimiter}`;
}
//# sourceMappingURL=file-command.js.map
;// CONCATENATED MODULE: external "path"
const external_path_namespaceObject = require("path");
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/core.js
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};






/**
 * The code to exit an action
 */
var ExitCode;
(function (ExitCode) {
    /**
     * A code indicating that the action was successful
     */
    ExitCode[ExitCode["Success"] = 0] = "Success";
    /**
     * A code indicating that the action was a failure
     */
    ExitCode[ExitCode["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
//-----------------------------------------------------------------------
// Variables
//-----------------------------------------------------------------------
/**
 * Sets env variable for this action and future actions in the job
 * @param name the name of the variable to set
 * @param val the value of the variable. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function exportVariable(name, val) {
    const convertedVal = utils_toCommandValue(val);
    process.env[name] = convertedVal;
    const filePath = process.env['GITHUB_ENV'] || '';
    if (filePath) {
        return file_command_issueFileCommand('ENV', file_command_prepareKeyValueMessage(name, val));
    }
    command_issueCommand('set-env', { name }, convertedVal);
}
/**
 * Registers a secret which will get masked from logs
 *
 * @param secret - Value of the secret to be masked
 * @remarks
 * This function instructs the Actions runner to mask the specified value in any
 * logs produced during the workflow run. Once registered, the secret value will
 * be replaced with asterisks (***) whenever it appears in console output, logs,
 * or error messages.
 *
 * This is useful for protecting sensitive information such as:
 * - API keys
 * - Access tokens
 * - Authentication credentials
 * - URL parameters containing signatures (SAS tokens)
 *
 * Note that masking only affects future logs; any previous appearances of the
 * secret in logs before calling this function will remain unmasked.
 *
 * @example
 * ```typescript
 * // Register an API token as a secret
 * const apiToken = "abc123xyz456";
 * setSecret(apiToken);
 *
 * // Now any logs containing this value will show *** instead
 * console.log(`Using token: ${apiToken}`); // Outputs: "Using token: ***"
 * ```
 */
function setSecret(secret) {
    issueCommand('add-mask', {}, secret);
}
/**
 * Prepends inputPath to the PATH (for this action and future actions)
 * @param inputPath
 */
function addPath(inputPath) {
    const filePath = process.env['GITHUB_PATH'] || '';
    if (filePath) {
        issueFileCommand('PATH', inputPath);
    }
    else {
        issueCommand('add-path', {}, inputPath);
    }
    process.env['PATH'] = `${inputPath}${path.delimiter}${process.env['PATH']}`;
}
/**
 * Gets the value of an input.
 * Unless trimWhitespace is set to false in InputOptions, the value is also trimmed.
 * Returns an empty string if the value is not defined.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string
 */
function getInput(name, options) {
    const val = process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '';
    if (options && options.required && !val) {
        throw new Error(`Input required and not supplied: ${name}`);
    }
    if (options && options.trimWhitespace === false) {
        return val;
    }
    return val.trim();
}
/**
 * Gets the values of an multiline input.  Each value is also trimmed.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string[]
 *
 */
function getMultilineInput(name, options) {
    const inputs = getInput(name, options)
        .split('\n')
        .filter(x => x !== '');
    if (options && options.trimWhitespace === false) {
        return inputs;
    }
    return inputs.map(input => input.trim());
}
/**
 * Gets the input value of the boolean type in the YAML 1.2 "core schema" specification.
 * Support boolean input list: `true | True | TRUE | false | False | FALSE` .
 * The return value is also in boolean type.
 * ref: https://yaml.org/spec/1.2/spec.html#id2804923
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   boolean
 */
function getBooleanInput(name, options) {
    const trueValue = ['true', 'True', 'TRUE'];
    const falseValue = ['false', 'False', 'FALSE'];
    const val = getInput(name, options);
    if (trueValue.includes(val))
        return true;
    if (falseValue.includes(val))
        return false;
    throw new TypeError(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}\n` +
        `Support boolean input list: \`true | True | TRUE | false | False | FALSE\``);
}
/**
 * Sets the value of an output.
 *
 * @param     name     name of the output to set
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function setOutput(name, value) {
    const filePath = process.env['GITHUB_OUTPUT'] || '';
    if (filePath) {
        return file_command_issueFileCommand('OUTPUT', file_command_prepareKeyValueMessage(name, value));
    }
    process.stdout.write(external_os_namespaceObject.EOL);
    command_issueCommand('set-output', { name }, utils_toCommandValue(value));
}
/**
 * Enables or disables the echoing of commands into stdout for the rest of the step.
 * Echoing is disabled by default if ACTIONS_STEP_DEBUG is not set.
 *
 */
function setCommandEcho(enabled) {
    issue('echo', enabled ? 'on' : 'off');
}
//-----------------------------------------------------------------------
// Results
//-----------------------------------------------------------------------
/**
 * Sets the action status to failed.
 * When the action exits it will be with an exit code of 1
 * @param message add error issue message
 */
function setFailed(message) {
    process.exitCode = ExitCode.Failure;
    error(message);
}
//-----------------------------------------------------------------------
// Logging Commands
//-----------------------------------------------------------------------
/**
 * Gets whether Actions Step Debug is on or not
 */
function isDebug() {
    return process.env['RUNNER_DEBUG'] === '1';
}
/**
 * Writes debug message to user log
 * @param message debug message
 */
function debug(message) {
    command_issueCommand('debug', {}, message);
}
/**
 * Adds an error issue
 * @param message error issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function error(message, properties = {}) {
    command_issueCommand('error', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a warning issue
 * @param message warning issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function warning(message, properties = {}) {
    command_issueCommand('warning', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a notice issue
 * @param message notice issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function notice(message, properties = {}) {
    issueCommand('notice', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Writes info to log with console.log.
 * @param message info message
 */
function info(message) {
    process.stdout.write(message + external_os_namespaceObject.EOL);
}
/**
 * Begin an output group.
 *
 * Output until the next `groupEnd` will be foldable in this group
 *
 * @param name The name of the output group
 */
function startGroup(name) {
    issue('group', name);
}
/**
 * End an output group.
 */
function endGroup() {
    issue('endgroup');
}
/**
 * Wrap an asynchronous function call in a group.
 *
 * Returns the same type as the function itself.
 *
 * @param name The name of the group
 * @param fn The function to wrap in the group
 */
function group(name, fn) {
    return __awaiter(this, void 0, void 0, function* () {
        startGroup(name);
        let result;
        try {
            result = yield fn();
        }
        finally {
            endGroup();
        }
        return result;
    });
}
//-----------------------------------------------------------------------
// Wrapper action state
//-----------------------------------------------------------------------
/**
 * Saves state for current action, the state can only be retrieved by this action's post job execution.
 *
 * @param     name     name of the state to store
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function saveState(name, value) {
    const filePath = process.env['GITHUB_STATE'] || '';
    if (filePath) {
        return issueFileCommand('STATE', prepareKeyValueMessage(name, value));
    }
    issueCommand('save-state', { name }, toCommandValue(value));
}
/**
 * Gets the value of an state set by this action's main execution.
 *
 * @param     name     name of the state to get
 * @returns   string
 */
function getState(name) {
    return process.env[`STATE_${name}`] || '';
}
function getIDToken(aud) {
    return __awaiter(this, void 0, void 0, function* () {
        return yield OidcClient.getIDToken(aud);
    });
}
/**
 * Summary exports
 */

/**
 * @deprecated use core.summary
 */

/**
 * Path exports
 */

/**
 * Platform utilities exports
 */

//# sourceMappingURL=core.js.map
;// CONCATENATED MODULE: ./lib/ports/port-set.js
function portSet(ranges) {
    const merged = [];
    for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
        const previous = merged.at(-1);
        if (previous !== undefined && first <= previous.last + 1) {
            previous.last = Math.max(previous.last, last);
        }
        else {
            merged.push({ first, last });
        }
    }
    return merged;
}
function subtract(set, others) {
    const rest = [];
    for (const { first, last } of set) {
        let from = first;
        for (const other of others) {
            if (other.last < from)
                continue;
            if (other.first > last)
                break;
            if (other.first > from)
                rest.push({ first: from, last: other.first - 1 });
            from = other.last + 1;
        }
        if (from <= last)
            rest.push({ first: from, last });
    }
    return rest;
}
function intersect(set, other) {
    return subtract(set, subtract(set, other));
}
function size(set) {
    return set.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
function contains(set, port) {
    return set.some(({ first, last }) => first <= port && port <= last);
}
function* numbers(ranges) {
    for (const { first, last } of ranges) {
        for (let port = first; port <= last; port++)
            yield port;
    }
}
function format(set) {
    return set
        .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
        .join(', ');
}
function parsePorts(text) {
    return splitList(text.replace(/(\d)\s*-\s*(?=\d)/g, '$1-')).map((item) => {
        const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
        const range = { first: Number(first), last: Number(last) };
        if (!(range.first > 0 && range.last > 0 && range.first < 65536 && range.last < 65536)) {
            throw new Error(`"${item}" is not a port from 1 to 65535 or a range of them such as 20000-20999`);
        }
        if (range.first > range.last) {
            throw new Error(`"${item}" runs backwards: write ${range.last}-${range.first}`);
        }
        return range;
    });
}
function splitList(text) {
    const trimmed = text.trim();
    return trimmed === '' ? [] : trimmed.split(/\s*,\s*|\s+/);
}

;// CONCATENATED MODULE: ./lib/action/inputs.js



const families = { ipv4: 'ipv4 af_inet inet 4', ipv6: 'ipv6 af_inet6 inet6 6', both: 'both' };
const types = { stream: 'stream tcp sock_stream', dgram: 'dgram udp sock_dgram', both: 'both' };
const protocols = { stream: 'tcp', dgram: 'udp', both: 'both' };
const booleans = { true: 'true', false: 'false' };
function readInputs() {
    const type = keyword('type', types) ?? 'stream';
    const names = readNames(type);
    const count = readCount(names.length);
    const host = getInput('host') || undefined;
    const range = readRange();
    const contiguous = keyword('contiguous', booleans) === 'true';
    if (contiguous && range === 'ephemeral') {
        throw refused('contiguous', 'true', 'is not possible with "range": ephemeral');
    }
    const exclude = portSet(readPorts('exclude'));
    return {
        request: {
            types: names.length > 0 ? names.map((name) => name.type) : Array(count).fill(type),
            family: readFamily(host),
            host,
            range,
            exclude,
            prefer: [...new Set(numbers(readPorts('prefer')))].filter((port) => !contains(exclude, port)),
            contiguous,
        },
        naming: {
            names: names.map(({ name }) => name),
            exportEnv: keyword('export-env', booleans) !== 'false',
            envPrefix: readEnvPrefix(),
        },
    };
}
function readCount(named) {
    const text = getInput('count') || `${named || 1}`;
    const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > 1000)
        throw refused('count', text, 'is not a whole number from 1 to 1000');
    if (named > 0 && named !== count) {
        throw refused('count', text, `does not agree with the ${named} of "names": leave it out`);
    }
    return count;
}
function readNames(defaultType) {
    const seen = new Map();
    return splitList(getInput('names')).map((item) => {
        const [name = '', protocol, ...rest] = item.split('/');
        const type = protocol === undefined ? defaultType : meaning(protocols, protocol);
        if (type === undefined || rest.length > 0) {
            throw refused('names', item, 'is not name/tcp, name/udp or name/both');
        }
        if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
            throw refused('names', item, 'is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most');
        }
        if (/^ports?$/i.test(name)) {
            throw refused('names', item, 'is taken by an output that is always there');
        }
        const other = seen.get(variableName(name));
        if (other !== undefined) {
            throw refused('names', item, `gives the same output or variable as "${other}"`);
        }
        seen.set(variableName(name), item);
        return { name, type };
    });
}
function variableName(name) {
    return `${name.toUpperCase().replaceAll('-', '_')}_PORT`;
}
function readFamily(host) {
    const family = keyword('family', families);
    const version = host === undefined ? 0 : (0,external_node_net_namespaceObject.isIP)(host);
    if (version === 0)
        return family ?? 'ipv4';
    const ofHost = version === 4 ? 'ipv4' : 'ipv6';
    if (family !== undefined && family !== ofHost) {
        throw refused('host', `${host}`, `is an ${ofHost} address, but "family" is ${family}`);
    }
    return ofHost;
}
function readRange() {
    const text = getInput('range');
    const word = text.toLowerCase() || 'auto';
    if (word === 'auto' || word === 'ephemeral')
        return word;
    if (/^[a-z]+$/.test(word))
        throw refused('range', text, 'is not auto, ephemeral or a list of ports');
    return portSet(readPorts('range'));
}
function readPorts(input) {
    try {
        return parsePorts(getInput(input));
    }
    catch (error) {
        throw new Error(`Input "${input}": ${error.message}`);
    }
}
function readEnvPrefix() {
    const prefix = getInput('env-prefix');
    if (!/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix)) {
        throw refused('env-prefix', prefix, 'cannot start a variable name: it takes a letter or _, then letters, digits and _');
    }
    return prefix;
}
function keyword(input, words) {
    const text = getInput(input);
    if (text === '')
        return undefined;
    const value = meaning(words, text);
    if (value === undefined) {
        throw refused(input, text, `is not one of ${Object.values(words).join(' ').replaceAll(' ', ', ')}`);
    }
    return value;
}
function meaning(words, text) {
    const values = Object.keys(words);
    return values.find((value) => words[value].split(' ').includes(text.toLowerCase()));
}
function refused(input, value, reason) {
    return new Error(`Input "${input}": "${value}" ${reason}`);
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: ./lib/action/outputs.js



function writeResult({ ports, warnings }, naming) {
    const outputs = outputsOf(ports, naming);
    const { GITHUB_OUTPUT, GITHUB_ENV } = process.env;
    if (!GITHUB_OUTPUT) {
        process.stdout.write(outputs.map(([name, value]) => `${name}=${value}\n`).join(''));
    }
    else {
        allOrNothing([GITHUB_OUTPUT, ...(naming.exportEnv && GITHUB_ENV ? [GITHUB_ENV] : [])], () => {
            for (const [name, value] of outputs)
                setOutput(name, value);
            if (!naming.exportEnv)
                return;
            for (const [name, value] of variablesOf(ports, naming))
                exportVariable(name, value);
        });
        const named = (i) => (naming.names[i] ? `: ${naming.names[i]}` : '');
        info(ports.map((port, i) => `Port ${port} is unused${named(i)}.`).join('\n'));
    }
    for (const message of warnings)
        warning(message);
}
function reportFailure(error) {
    setFailed(error instanceof Error ? error.message : String(error));
    if (!isDebug())
        return;
    for (let cause = error; cause !== undefined; cause = cause?.cause) {
        debug(cause instanceof Error ? `${cause.stack}` : String(cause));
    }
}
function outputsOf(ports, { names }) {
    return [
        ['port', `${ports[0]}`],
        ['ports', JSON.stringify(ports)],
        ...names.map((name, i) => [name, `${ports[i]}`]),
    ];
}
function variablesOf(ports, { names, envPrefix }) {
    const numbered = names.length === 0 && ports.length > 1;
    const variables = [
        ['PORT', `${ports[0]}`],
        ['PORTS', ports.join(' ')],
        ...names.map((name, i) => [variableName(name), `${ports[i]}`]),
        ...(numbered ? ports.map((port, i) => [`PORT_${i + 1}`, `${port}`]) : []),
    ];
    return variables.map(([name, value]) => [envPrefix + name, value]);
}
function allOrNothing(files, write) {
    const before = files.map((file) => ({ file, status: (0,external_node_fs_namespaceObject.statSync)(file) }));
    try {
        write();
    }
    catch (error) {
        for (const { file, status } of before) {
            if (status.isFile())
                (0,external_node_fs_namespaceObject.truncateSync)(file, status.size);
        }
        throw error;
    }
}

;// CONCATENATED MODULE: ./lib/action/no-event-file.js
delete process.env.GITHUB_EVENT_PATH;


;// CONCATENATED MODULE: ./node_modules/@actions/github/lib/context.js


class Context {
    /**
     * Hydrate the context from the environment
     */
    constructor() {
        var _a, _b, _c;
        this.payload = {};
        if (process.env.GITHUB_EVENT_PATH) {
            if ((0,external_fs_namespaceObject.existsSync)(process.env.GITHUB_EVENT_PATH)) {
                this.payload = JSON.parse((0,external_fs_namespaceObject.readFileSync)(process.env.GITHUB_EVENT_PATH, { encoding: 'utf8' }));
            }
            else {
                const path = process.env.GITHUB_EVENT_PATH;
                process.stdout.write(`GITHUB_EVENT_PATH ${path} does not exist${external_os_namespaceObject.EOL}`);
            }
        }
        this.eventName = process.env.GITHUB_EVENT_NAME;
        this.sha = process.env.GITHUB_SHA;
        this.ref = process.env.GITHUB_REF;
        this.workflow = process.env.GITHUB_WORKFLOW;
        this.action = process.env.GITHUB_ACTION;
        this.actor = process.env.GITHUB_ACTOR;
        this.job = process.env.GITHUB_JOB;
        this.runAttempt = parseInt(process.env.GITHUB_RUN_ATTEMPT, 10);
        this.runNumber = parseInt(process.env.GITHUB_RUN_NUMBER, 10);
        this.runId = parseInt(process.env.GITHUB_RUN_ID, 10);
        this.apiUrl = (_a = process.env.GITHUB_API_URL) !== null && _a !== void 0 ? _a : `https://api.github.com`;
        this.serverUrl = (_b = process.env.GITHUB_SERVER_URL) !== null && _b !== void 0 ? _b : `https://github.com`;
        this.graphqlUrl =
            (_c = process.env.GITHUB_GRAPHQL_URL) !== null && _c !== void 0 ? _c : `https://api.github.com/graphql`;
    }
    get issue() {
        const payload = this.payload;
        return Object.assign(Object.assign({}, this.repo), { number: (payload.issue || payload.pull_request || payload).number });
    }
    get repo() {
        if (process.env.GITHUB_REPOSITORY) {
            const [owner, repo] = process.env.GITHUB_REPOSITORY.split('/');
            return { owner, repo };
        }
        if (this.payload.repository) {
            return {
                owner: this.payload.repository.owner.login,
                repo: this.payload.repository.name
            };
        }
        throw new Error("context.repo requires a GITHUB_REPOSITORY environment variable like 'owner/repo'");
    }
}
//# sourceMappingURL=context.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/github/lib/github.js


const context = new Context();
/**
 * Returns a hydrated octokit ready to use for GitHub Actions
 *
 * @param     token    the repo PAT or GITHUB_TOKEN
 * @param     options  other options to set
 */
function getOctokit(token, options, ...additionalPlugins) {
    const GitHubWithPlugins = GitHub.plugin(...additionalPlugins);
    return new GitHubWithPlugins(getOctokitOptions(token, options));
}
//# sourceMappingURL=github.js.map
;// CONCATENATED MODULE: ./lib/action/owner.js


function leaseOwner() {
    if (!process.env.GITHUB_REPOSITORY)
        return 'a step outside of a runner';
    const { owner, repo } = context.repo;
    return `${owner}/${repo}, run ${context.runId}, job ${context.job}`;
}

;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = require("node:os");
;// CONCATENATED MODULE: ./lib/system/errors.js
function codeOf(error) {
    return error?.code;
}
function isOutOfFiles(error) {
    return ['EMFILE', 'ENFILE'].includes(codeOf(error) ?? '');
}

;// CONCATENATED MODULE: ./lib/leases/job.js


const longestHold = 6 * 60 * 60;
function currentHolder() {
    const pid = process.ppid;
    return {
        pid,
        started: statusOf(pid)?.started ?? '',
        namespace: orEmpty(() => (0,external_node_fs_namespaceObject.readlinkSync)('/proc/self/ns/pid')),
        boot: orEmpty(() => (0,external_node_fs_namespaceObject.readFileSync)('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
        at: process.hrtime()[0],
    };
}
function stillHolds(holder, here, now = process.hrtime()[0]) {
    const age = now - holder.at;
    if (holder.boot !== here.boot || !(age >= 0 && age <= longestHold))
        return false;
    if (!(holder.pid > 0) || holder.namespace !== here.namespace)
        return true;
    try {
        process.kill(holder.pid, 0);
    }
    catch (error) {
        if (codeOf(error) === 'ESRCH')
            return false;
    }
    const status = statusOf(holder.pid);
    const same = holder.started === '' || holder.started === status?.started;
    return status === undefined || (same && !status.ended);
}
function processStatus(stat) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const started = fields[19];
    if (state === undefined || started === undefined)
        return undefined;
    return { started, ended: state === 'Z' || state === 'X' };
}
function statusOf(pid) {
    return processStatus(orEmpty(() => (0,external_node_fs_namespaceObject.readFileSync)(`/proc/${pid}/stat`, 'latin1')));
}
function orEmpty(read) {
    try {
        return read();
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: ./lib/leases/leases.js




const prefix = 'find-unused-port-';
const buffer = Buffer.alloc(2048);
const cautiously = external_node_fs_namespaceObject.constants.O_NOFOLLOW | external_node_fs_namespaceObject.constants.O_NONBLOCK;
class Leases {
    problem;
    #root;
    #here = currentHolder();
    #uid = process.getuid?.();
    #directory;
    #text;
    #written = new Set();
    #neighbours = [];
    #owners = new Map();
    constructor(owner, root = sharedDirectory(process.platform, process.env)) {
        this.#text = `${JSON.stringify({ ...this.#here, owner: owner.slice(0, 200) })}\n`;
        this.#root = root;
        this.#directory = `${root}/${prefix}${this.#uid ?? (0,external_node_os_namespaceObject.userInfo)().username}`;
        this.#attempt(() => this.#prepare());
    }
    claim(request) {
        if (this.problem !== undefined)
            return undefined;
        return this.#attempt(() => {
            const file = this.#fileOf(request);
            const entry = entryAt(file);
            if (entry) {
                const owner = this.#liveOwner(file, entry);
                if (owner !== undefined)
                    return owner;
                if (entry.isDirectory())
                    return `nobody, but ${file} is in the way`;
                (0,external_node_fs_namespaceObject.rmSync)(file, { force: true });
            }
            try {
                this.#write(file);
            }
            catch (error) {
                if (codeOf(error) !== 'EEXIST')
                    throw error;
                return 'a step on another network';
            }
            return undefined;
        });
    }
    others(requests) {
        this.#neighbours = this.#findNeighbours();
        return requests.map((request) => this.ownerOf(request));
    }
    ownerOf({ port }) {
        for (const directory of [this.#directory, ...this.#neighbours]) {
            for (const transport of ['tcp', 'udp']) {
                const file = `${directory}/${port}.${transport}`;
                const owner = this.#written.has(file) ? undefined : this.#liveOwner(file);
                if (owner !== undefined)
                    return owner;
            }
        }
        return undefined;
    }
    forget() {
        this.#owners.clear();
    }
    withdraw(requests) {
        const files = requests?.map((request) => this.#fileOf(request)) ?? [...this.#written];
        for (const file of files) {
            if (this.#written.delete(file) && process.ppid === this.#here.pid) {
                this.#attempt(() => (0,external_node_fs_namespaceObject.rmSync)(file, { force: true }));
            }
        }
    }
    #write(file) {
        const [first] = this.#written;
        if (first) {
            try {
                (0,external_node_fs_namespaceObject.linkSync)(first, file);
                this.#written.add(file);
                return;
            }
            catch {
            }
        }
        const fd = (0,external_node_fs_namespaceObject.openSync)(file, 'wx', 0o644);
        this.#written.add(file);
        try {
            (0,external_node_fs_namespaceObject.fchmodSync)(fd, 0o644);
            (0,external_node_fs_namespaceObject.writeSync)(fd, this.#text);
        }
        finally {
            (0,external_node_fs_namespaceObject.closeSync)(fd);
        }
    }
    #liveOwner(file, entry = entryAt(file)) {
        try {
            if (!entry?.isFile())
                return undefined;
            const text = firstLine(file);
            if (!this.#owners.has(text)) {
                const { owner, ...holder } = JSON.parse(text);
                const shown = `${owner}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
                this.#owners.set(text, stillHolds(holder, this.#here) ? shown : undefined);
            }
            return this.#owners.get(text);
        }
        catch (error) {
            if (isOutOfFiles(error))
                throw error;
            return undefined;
        }
    }
    #findNeighbours() {
        const names = this.#attempt(() => (0,external_node_fs_namespaceObject.readdirSync)(this.#root)) ?? [];
        return names
            .filter((name) => {
            if (!name.startsWith(prefix) || `${this.#root}/${name}` === this.#directory)
                return false;
            const status = entryAt(`${this.#root}/${name}`);
            return status?.isDirectory() && (this.#uid === undefined || name === prefix + status.uid);
        })
            .map((name) => `${this.#root}/${name}`);
    }
    #prepare() {
        try {
            (0,external_node_fs_namespaceObject.mkdirSync)(this.#directory, 0o755);
        }
        catch (error) {
            if (codeOf(error) !== 'EEXIST')
                throw error;
        }
        const status = (0,external_node_fs_namespaceObject.lstatSync)(this.#directory);
        if (!status.isDirectory() || status.uid !== (this.#uid ?? status.uid)) {
            throw new Error(`${this.#directory} is not a directory of this user's`);
        }
        if ((status.mode & 0o777) !== 0o755)
            (0,external_node_fs_namespaceObject.chmodSync)(this.#directory, 0o755);
    }
    #attempt(action) {
        try {
            return action();
        }
        catch (error) {
            if (isOutOfFiles(error))
                throw error;
            this.problem ??= String(error);
            return undefined;
        }
    }
    #fileOf({ port, type }) {
        return `${this.#directory}/${port}.${type === 'dgram' ? 'udp' : 'tcp'}`;
    }
}
function sharedDirectory(platform, environment) {
    return platform === 'win32' ? (environment.ProgramData ?? 'C:\\ProgramData') : '/tmp';
}
function entryAt(path) {
    try {
        return (0,external_node_fs_namespaceObject.lstatSync)(path, { throwIfNoEntry: false });
    }
    catch {
        return undefined;
    }
}
function firstLine(file) {
    const fd = (0,external_node_fs_namespaceObject.openSync)(file, external_node_fs_namespaceObject.constants.O_RDONLY | cautiously);
    try {
        return buffer.toString('utf8', 0, (0,external_node_fs_namespaceObject.readSync)(fd, buffer)).replace(/\n.*/s, '');
    }
    finally {
        (0,external_node_fs_namespaceObject.closeSync)(fd);
    }
}

;// CONCATENATED MODULE: ./lib/system/connections.js


function connectedPorts() {
    const counts = read('/proc/net/sockstat') + read('/proc/net/sockstat6');
    const { ipv4, ipv6, timeWait } = socketCounts(counts);
    const table = ipv4 + timeWait === 0 ? '' : read('/proc/net/tcp');
    const table6 = ipv6 + timeWait === 0 ? '' : read('/proc/net/tcp6');
    return new Set(parseTable(table + table6));
}
function socketCounts(text) {
    const count = (pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
    return {
        ipv4: count(/^TCP: inuse (\d+)/m),
        ipv6: count(/^TCP6: inuse (\d+)/m),
        timeWait: count(/^TCP: .* tw (\d+)/m),
    };
}
function* parseTable(text) {
    for (const [, port = ''] of text.matchAll(/: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (?!0A)/g)) {
        yield Number.parseInt(port, 16);
    }
}
function read(file) {
    try {
        return (0,external_node_fs_namespaceObject.readFileSync)(file, 'latin1');
    }
    catch (error) {
        if (isOutOfFiles(error))
            throw error;
        return '';
    }
}

;// CONCATENATED MODULE: ./lib/system/ephemeral-range.js


async function ephemeralRange() {
    const { platform } = process;
    try {
        if (platform === 'linux') {
            const directory = '/proc/sys/net/ipv4';
            const reserved = `${directory}/ip_local_reserved_ports`;
            return {
                ports: linuxRange((0,external_node_fs_namespaceObject.readFileSync)(`${directory}/ip_local_port_range`, 'utf8'), (0,external_node_fs_namespaceObject.existsSync)(reserved) ? (0,external_node_fs_namespaceObject.readFileSync)(reserved, 'utf8') : ''),
            };
        }
        const texts = await Promise.all(rangeCommands(platform, process.env).map(output));
        return { ports: portSet(texts.map((text) => printedRange(platform, text))) };
    }
    catch (error) {
        return { ports: defaultRange(platform), assumed: String(error) };
    }
}
function linuxRange(range, reserved) {
    const bounds = parsePorts(range.trim().replace(/\s+/, '-'));
    if (bounds.length === 0)
        throw new Error('ip_local_port_range is empty');
    return subtract(portSet(bounds), portSet(parsePorts(reserved.replace(/^0-/, '1-'))));
}
function rangeCommands(platform, environment) {
    if (platform !== 'win32') {
        const name = 'net.inet.ip.portrange';
        return [['/usr/sbin/sysctl', '-n', `${name}.first`, `${name}.last`]];
    }
    const netsh = `${environment.SystemRoot ?? 'C:\\Windows'}\\System32\\netsh.exe`;
    return ['ipv4', 'ipv6'].flatMap((family) => ['tcp', 'udp'].map((transport) => [netsh, 'int', family, 'show', 'dynamicport', transport]));
}
function printedRange(platform, text) {
    const [first = 0, second = 0] = (text.match(/(?<!\w)\d+(?!\w)/g) ?? []).slice(-2).map(Number);
    const last = platform === 'win32' ? first + second - 1 : second;
    if (first < 1 || last < first || last > 65535) {
        throw new Error(`no range of ports in ${JSON.stringify(text)}`);
    }
    return { first, last };
}
function defaultRange(platform) {
    return platform === 'linux' ? [{ first: 32768, last: 60999 }] : [{ first: 49152, last: 65535 }];
}
function output([file = '', ...args]) {
    const { execFile } = process.getBuiltinModule('node:child_process');
    return new Promise((resolve, reject) => {
        execFile(file, args, { timeout: 10_000 }, (error, stdout) => error === null ? resolve(stdout) : reject(error));
    });
}

;// CONCATENATED MODULE: ./lib/system/sockets.js

function bind(transport, endpoint) {
    return new Promise((resolve, reject) => {
        const settle = (socket) => {
            socket.on('listening', () => resolve(socket));
            socket.on('error', (error) => sockets_close(socket).then(() => reject(error)));
        };
        if (transport === 'stream') {
            const server = (0,external_node_net_namespaceObject.createServer)((connection) => connection.resetAndDestroy());
            settle(server);
            server.listen(endpoint);
        }
        else {
            const { createSocket } = process.getBuiltinModule('node:dgram');
            const { port, host: address = '::', ipv6Only = false } = endpoint;
            const socket = createSocket({ type: (0,external_node_net_namespaceObject.isIPv6)(address) ? 'udp6' : 'udp4', ipv6Only });
            settle(socket);
            socket.bind({ port, address });
        }
    });
}
function sockets_close(socket) {
    return new Promise((resolve) => {
        socket.close(() => resolve());
    });
}
function refusalOf(code, platform) {
    if (code === 'EADDRINUSE')
        return 'in use';
    if (code !== 'EACCES' && code !== 'EPERM')
        return undefined;
    return platform === 'win32' ? 'in use' : 'not permitted';
}
function isAbsent(code) {
    return ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'].includes(code ?? '');
}

;// CONCATENATED MODULE: ./lib/system/hosts.js



async function resolveHosts(family, host) {
    if (family === 'ipv4' && host === undefined)
        return ['0.0.0.0'];
    const addresses = [];
    for (const version of family === 'both' ? [4, 6] : family === 'ipv4' ? [4] : [6]) {
        const address = host === undefined ? (version === 4 ? '0.0.0.0' : '::') : await lookUp(host, version);
        await bind('stream', { host: address === '::' ? '::1' : address, port: 0 }).then(sockets_close, (error) => {
            const code = codeOf(error);
            if (code === 'EADDRINUSE')
                return;
            const reason = isAbsent(code)
                ? `this machine has no ${address === '::' ? 'IPv6' : `address ${address}`}`
                : `${address} cannot be bound`;
            const input = host === undefined ? '"family": IPv6 was asked for' : `"host": "${host}"`;
            throw new Error(`Input ${input}, but ${reason} (${code})`, { cause: error });
        });
        addresses.push(address);
    }
    return addresses;
}
async function lookUp(host, version) {
    if ((0,external_node_net_namespaceObject.isIP)(host) !== 0)
        return host;
    const { lookup } = process.getBuiltinModule('node:dns/promises');
    const { address } = await lookup(host, { family: version }).catch((error) => {
        const reason = `does not resolve to an IPv${version} address (${codeOf(error)})`;
        throw new Error(`Input "host": "${host}" ${reason}`, { cause: error });
    });
    return address;
}

;// CONCATENATED MODULE: ./lib/request.js
function transportsOf(type) {
    return type === 'both' ? ['stream', 'dgram'] : [type];
}

;// CONCATENATED MODULE: ./lib/system/probe.js





function probePlan(platform, transport, addresses) {
    if (platform === 'linux' && transport === 'stream')
        return { alone: [], held: [{}] };
    const tryAlone = platform === 'win32' || (platform !== 'linux' && transport === 'stream');
    return {
        alone: tryAlone ? addresses.map((host) => ({ host, ipv6Only: (0,external_node_net_namespaceObject.isIPv6)(host) })) : [],
        held: [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }],
    };
}
function ownAddresses(platform, hosts, interfaces = platform === 'linux' ? {} : (0,external_node_os_namespaceObject.networkInterfaces)()) {
    const found = Object.entries(interfaces).flatMap(([name, infos = []]) => infos.map(({ address, scopeid }) => {
        const zone = platform === 'win32' ? scopeid : name;
        return scopeid ? `${address}%${zone}` : address;
    }));
    return [...new Set(['127.0.0.1', '::1', ...found, ...hosts])];
}
async function probe({ port, type }, addresses, use) {
    const { platform } = process;
    const sockets = [];
    try {
        for (const transport of transportsOf(type)) {
            const { alone, held } = probePlan(platform, transport, addresses);
            for (const place of [...alone, ...held]) {
                try {
                    const socket = await bind(transport, { ...place, port });
                    if (held.includes(place))
                        sockets.push(socket);
                    else
                        await sockets_close(socket);
                }
                catch (error) {
                    const refusal = refusalOf(codeOf(error), platform);
                    if (refusal !== undefined)
                        return refusal;
                    if (!isAbsent(codeOf(error)))
                        throw error;
                }
            }
        }
        return await use();
    }
    finally {
        await Promise.all(sockets.map(sockets_close));
    }
}

;// CONCATENATED MODULE: ./lib/search/bind-ephemeral.js





async function draw({ types, exclude }, hosts, leases, deadline, ports) {
    const sockets = [];
    const given = new Set(ports);
    const shortage = (reason, cause) => new Error(`Found ${ports.length} of ${types.length} unused ports with "range": ephemeral: ${reason}`, { cause });
    try {
        for (let type = types[ports.length]; type !== undefined; type = types[ports.length]) {
            if (Date.now() > deadline)
                throw shortage('the OS gives none but those that are refused');
            const port = await drawOne(type, hosts, sockets);
            if (port === undefined || given.has(port) || contains(exclude, port))
                continue;
            given.add(port);
            const request = { port, type };
            const owner = leases.claim(request) ?? leases.others([request])[0];
            if (owner === undefined)
                ports.push(port);
            else
                leases.withdraw([request]);
        }
    }
    catch (error) {
        if (codeOf(error) === 'EADDRINUSE')
            throw shortage('the OS has no others', error);
        if (!isOutOfFiles(error))
            throw error;
        throw shortage('they take a file descriptor each: raise the limit (ulimit -n)', error);
    }
    finally {
        await Promise.all(sockets.map(sockets_close));
    }
}
async function drawOne(type, hosts, sockets) {
    let port = 0;
    for (const transport of transportsOf(type)) {
        for (const host of hosts) {
            try {
                const socket = await bind(transport, {
                    port,
                    host,
                    ipv6Only: hosts.length > 1 && (0,external_node_net_namespaceObject.isIPv6)(host),
                });
                sockets.push(socket);
                ({ port } = socket.address());
            }
            catch (error) {
                if (port === 0 || refusalOf(codeOf(error), process.platform) === undefined)
                    throw error;
                return undefined;
            }
        }
    }
    return port;
}

;// CONCATENATED MODULE: ./lib/ports/well-known-ports.js
const browserRefused = `
  1 7 9 11 13 15 17 19-23 25 37 42-43 53 69 77 79 87 95 101-104 109-111 113 115 117 119 123 135 137 139
  143 161 179 389 427 465 512-515 526 530-532 540 548 554 556 563 587 601 636 989-990 993 995 1719-1720
  1723 2049 3659 4045 4190 5060-5061 6000 6566 6665-6669 6679 6697 10080
`;
const autoRanges = [
    {
        ports: '20000-29999',
        avoid: `
      20000 20048 20880 21027 22000 24007-24008 24224 24231 24678 24800 25565 25575 25672 25826 26000 26257
      26379 26656-26658 27015 27017-27020 27042 27960 28015 28017 28080 29015 29092 29418
    `,
    },
    {
        ports: '10081-19999 32768-65535',
        avoid: `
      10248-10259 11211 11434 15432 15672 16379 16686 18080 19000-19001 19092 19132 33060 35357 37017 50000
      50051 61613-61614 61616 64738
    `,
    },
    {
        ports: '1024-10080 30000-32767',
        avoid: `
      ${browserRefused}
      1080 1433-1434 1521 1883 2181 2375-2380 3000-3009 3128 3306 3389 4000 4200 4222 4317-4318 4369 4444
      5000-5005 5173-5174 5353 5432-5433 5601 5671-5672 5900-5901 5984 6379-6380 6443 7000-7001 7474 7687
      8000-8010 8080-8091 8200 8443 8500 8888 9000-9010 9042 9080 9090-9100 9200 9229 9300 9418 9443 9999 30000
    `,
    },
    { ports: '1-1023', avoid: `${browserRefused} 67-68 80 88 443 445 500 514 520 631 853 873` },
];

;// CONCATENATED MODULE: ./lib/search/candidates.js


const listed = (text) => portSet(parsePorts(text));
function* levels(range, ephemeral) {
    if (range === undefined) {
        for (const { ports, avoid } of autoRanges) {
            yield subtract(subtract(listed(ports), ephemeral), listed(avoid));
        }
    }
    const unlucky = listed(autoRanges.map(({ avoid }) => avoid).join(' '));
    yield subtract(range ?? ephemeral, unlucky);
    if (range !== undefined)
        yield intersect(range, unlucky);
}
function unreachable(ports) {
    return ports.filter((port) => port <= 10080 && contains(listed(browserRefused), port));
}
function* shuffled(set) {
    const total = size(set);
    const start = randomBelow(total);
    let step = 1 + randomBelow(total);
    while (greatestCommonDivisor(step, total) > 1)
        step = 1 + randomBelow(total);
    for (let i = 0; i < total; i++)
        yield nth(set, (start + i * step) % total);
    return undefined;
}
function runsForBlocks(set, length) {
    const start = shuffled(set).next().value ?? 1;
    return [
        ...subtract(set, [{ first: 0, last: start - 1 }]),
        ...intersect(set, [{ first: 0, last: start + length - 2 }]),
    ].filter(({ first, last }) => last - first + 1 >= length);
}
function nth(set, index) {
    let rest = index;
    for (const { first, last } of set) {
        if (first + rest <= last)
            return first + rest;
        rest -= last - first + 1;
    }
    throw new RangeError(`${index}`);
}
function randomBelow(limit) {
    return Math.floor(Math.random() * limit);
}
function greatestCommonDivisor(a, b) {
    return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

;// CONCATENATED MODULE: ./lib/search/allocate.js







const pauses = [25, 50, 100, 200, 400, 800, 1600];
const longestSearch = 10_000;
async function allocate(request, leases) {
    const { types, range } = request;
    const deadline = Date.now() + longestSearch;
    const hosts = await resolveHosts(request.family, request.host);
    const ephemeral = range === 'auto' ? await ephemeralRange() : undefined;
    const search = new Search({
        ...request,
        addresses: ownAddresses(process.platform, hosts),
        leases,
        ephemeral: ephemeral?.ports ?? [],
        deadline,
    });
    const ports = await search.run();
    if (range === 'ephemeral')
        await draw(request, hosts, leases, deadline, ports);
    if (ports.length < types.length)
        throw new Error(search.shortage());
    return { ports, warnings: warningsOn(ports, request, leases, ephemeral) };
}
class Search {
    #ports = [];
    #refused = new Map();
    #connected = new Set();
    #given;
    constructor(given) {
        this.#given = given;
    }
    async run() {
        const { types, contiguous, range, leases, deadline } = this.#given;
        for (const pause of [...pauses, 0]) {
            this.#refused.clear();
            this.#connected = new Set();
            leases.forget();
            await (contiguous ? this.#findBlock() : this.#findEach());
            const mayChange = [...this.#refused.values()].some((refusal) => refusal !== 'not permitted');
            const enough = this.#ports.length === types.length;
            if (enough || !mayChange || Date.now() > deadline || range === 'ephemeral')
                break;
            await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
        }
        return this.#ports;
    }
    shortage() {
        const { types, contiguous, range, exclude } = this.#given;
        const all = portSet([...this.#levels([])].flat());
        const refused = new Map([...this.#refused]
            .map(([key, reason]) => [Number.parseInt(key, 10), reason])
            .filter(([port]) => contains(all, port)));
        const used = portSet([...refused.keys()].map((port) => ({ first: port, last: port })));
        const inRow = subtract(subtract(all, exclude), used).map((run) => size([run]));
        const reasons = [...refused.values()];
        const count = (start) => reasons.filter((reason) => reason.startsWith(start)).length;
        const owners = new Set(reasons.filter((reason) => reason.startsWith('leased')));
        const to = [...owners].slice(0, 3).join('; ').replaceAll('leased ', '');
        return (`Found ${contiguous ? Math.max(0, ...inRow) : this.#ports.length} of ${types.length} unused ports` +
            `${contiguous ? ' in a row, or fewer,' : ''} with "range": ${typeof range === 'object' ? format(range).slice(0, 200) : range}. ` +
            `Of its ${size(all)} ports ${count('in use')} are in use, ${count('leased')} leased${to && ` (${to})`}, ` +
            `${count('not')} not permitted and ${size(intersect(all, exclude))} excluded. ` +
            'Ask for fewer, or widen the range.');
    }
    *#levels(exclude = this.#given.exclude) {
        const { range, ephemeral } = this.#given;
        if (range === 'ephemeral')
            return;
        for (const level of levels(range === 'auto' ? undefined : range, ephemeral)) {
            yield subtract(level, exclude);
        }
    }
    async #findEach() {
        const { types } = this.#given;
        const ports = this.#ports;
        for (let type = types[ports.length]; type !== undefined; type = types[ports.length]) {
            const candidates = this.#candidates(type);
            let end = ports.length;
            while (types[end] === type)
                end++;
            while (ports.length < end) {
                const taken = await this.#take(candidates, end - ports.length);
                if (taken.length === 0)
                    return;
                ports.push(...this.#settle(taken).map(({ port }) => port));
            }
        }
    }
    *#candidates(type) {
        const passed = new Set(this.#ports);
        for (const port of this.#numbers()) {
            const known = passed.has(port) || this.#isKnown({ port, type });
            if (known && Date.now() > this.#given.deadline)
                return;
            if (known)
                continue;
            passed.add(port);
            yield { port, type };
        }
    }
    *#numbers() {
        yield* this.#given.prefer;
        for (const level of this.#levels())
            yield* shuffled(level);
    }
    async #findBlock() {
        const { types, prefer, exclude, leases, deadline } = this.#given;
        const preferred = prefer
            .map((first) => ({ first, last: first + types.length - 1 }))
            .filter((run) => run.last <= 65535 && intersect([run], exclude).length === 0);
        const levels = [...this.#levels()];
        const runs = levels.flatMap((_, i) => runsForBlocks(portSet(levels.slice(0, i + 1).flat()), types.length));
        for (const { first, last } of [...preferred, ...runs]) {
            for (let start = first; start + types.length - 1 <= last;) {
                if (Date.now() > deadline)
                    return;
                const block = types.map((type, i) => ({ port: start + i, type }));
                const taken = await this.#take(this.#fromItsEnd(block), block.length);
                if (taken.length === block.length && this.#settle(taken).length === block.length) {
                    this.#ports.push(...block.map(({ port }) => port));
                    return;
                }
                leases.withdraw(taken);
                start += 1 + block.findLastIndex((request) => this.#isRefused(request));
            }
        }
    }
    *#fromItsEnd(block) {
        for (const request of block.toReversed()) {
            if (this.#isKnown(request))
                return;
            yield request;
            if (this.#isRefused(request))
                return;
        }
    }
    async #take(candidates, wanted) {
        const { addresses, leases } = this.#given;
        const taken = [];
        while (taken.length < wanted) {
            const { value } = candidates.next();
            if (!value)
                break;
            const refusal = await probe(value, addresses, () => leasedTo(leases.claim(value)));
            if (refusal === undefined)
                taken.push(value);
            this.#refuse(value, refusal);
        }
        return taken;
    }
    #settle(taken) {
        const { leases } = this.#given;
        for (const [i, owner] of leases.others(taken).entries()) {
            this.#refuse(taken[i], leasedTo(owner));
        }
        if (taken.some(({ type }) => type !== 'dgram'))
            this.#connected = connectedPorts();
        leases.withdraw(taken.filter((request) => this.#isRefused(request)));
        return taken.filter((request) => !this.#isRefused(request));
    }
    #refuse({ port, type }, reason) {
        if (reason !== undefined)
            this.#refused.set(`${port} ${type}`, reason);
    }
    #isRefused(request) {
        const { port, type } = request;
        if (type !== 'dgram' && this.#connected.has(port))
            this.#refuse(request, 'in use');
        return this.#refused.has(`${port} ${type}`);
    }
    #isKnown(request) {
        this.#refuse(request, leasedTo(this.#given.leases.ownerOf(request)));
        return this.#isRefused(request);
    }
}
function leasedTo(owner) {
    return owner === undefined ? undefined : `leased to ${owner}`;
}
function warningsOn(ports, { types }, { problem }, ephemeral) {
    const assigned = ephemeral?.ports ?? [];
    const inside = ports.filter((port) => contains(assigned, port));
    const refused = unreachable(ports.filter((_, i) => types[i] !== 'dgram'));
    return [
        problem !== undefined &&
            `Ports cannot be recorded as handed out (${problem}): other steps may get the same ones.`,
        ephemeral?.assumed !== undefined &&
            `The ephemeral range could not be read (${ephemeral.assumed}): taken to be ${format(assigned)}.`,
        inside.length > 0 &&
            `Port ${inside.join(', ')} lies in this machine's ephemeral range (${format(assigned)}): the OS may assign ` +
                `it before the workflow binds it. Use another, or make the range smaller, as the README says.`,
        refused.length > 0 &&
            `Browsers refuse to connect to port ${refused.join(', ')} (a "bad port" in the Fetch standard).`,
    ].filter((warning) => warning !== false);
}

;// CONCATENATED MODULE: ./lib/main.js





async function run() {
    let leases;
    process.stdout.on('error', () => {
        if (!process.env.GITHUB_OUTPUT)
            process.exitCode = 1;
    });
    try {
        const { request, naming } = readInputs();
        leases = new Leases(leaseOwner());
        writeResult(await allocate(request, leases), naming);
    }
    catch (error) {
        leases?.withdraw();
        reportFailure(error);
    }
}

;// CONCATENATED MODULE: ./lib/index.js

void run();

module.exports = __webpack_exports__;
/******/ })()
;