/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = require("node:net");
;// CONCATENATED MODULE: external "os"
const external_os_namespaceObject = require("os");
;// CONCATENATED MODULE: ./lib/node_modules/@actions/core/lib/utils.js
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
;// CONCATENATED MODULE: ./lib/node_modules/@actions/core/lib/command.js


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
;// CONCATENATED MODULE: ./lib/node_modules/@actions/core/lib/file-command.js
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
;// CONCATENATED MODULE: ./lib/node_modules/@actions/core/lib/core.js
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
/** A set of ports, kept as ranges: a set of all 65,535 is as cheap as a set of one. */
class PortSet {
    /** In ascending order. They neither overlap nor touch. */
    ranges;
    constructor(ranges) {
        this.ranges = ranges;
    }
    /** All ports of `ranges`, which may overlap and come in any order. */
    static ofRanges(ranges) {
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
        return new PortSet(merged);
    }
    /** A set of these ports, which may come in any order. */
    static of(ports) {
        return PortSet.ofRanges([...ports].map((port) => ({ first: port, last: port })));
    }
    get size() {
        return this.ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    }
    has(port) {
        let [low, high] = [0, this.ranges.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            const { first, last } = this.ranges[middle];
            if (port < first)
                high = middle;
            else if (port > last)
                low = middle + 1;
            else
                return true;
        }
        return false;
    }
    union(...others) {
        return PortSet.ofRanges([this, ...others].flatMap(({ ranges }) => ranges));
    }
    /** The ports of this set that are not in `other`. Walks through both once. */
    difference({ ranges: others }) {
        const rest = [];
        let i = 0;
        for (const { first, last } of this.ranges) {
            let from = first;
            for (let other = others[i]; other !== undefined && other.first <= last; other = others[++i]) {
                if (other.first > from)
                    rest.push({ first: from, last: other.first - 1 });
                from = Math.max(from, other.last + 1);
                // It may extend into the next range of this set.
                if (other.last > last)
                    break;
            }
            if (from <= last)
                rest.push({ first: from, last });
        }
        return new PortSet(rest);
    }
    intersection(other) {
        return this.difference(this.difference(other));
    }
    /** The ports in ascending order. */
    *[Symbol.iterator]() {
        for (const { first, last } of this.ranges) {
            for (let port = first; port <= last; port++)
                yield port;
        }
        return undefined;
    }
    /** The set as `parsePorts` reads it. */
    toString() {
        return this.ranges
            .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
            .join(', ');
    }
}

;// CONCATENATED MODULE: ./lib/ports/parse-ports.js

const maxItems = 1000;
/**
 * Reads ports and ranges such as `20000-20999, 30000`, separated by commas, spaces or new lines.
 *
 * @throws Error that quotes the item and says what is accepted
 */
function parsePorts(text) {
    return PortSet.ofRanges(parseRanges(text));
}
/**
 * Reads the same list, and returns each port once, in the written order.
 *
 * @throws Error that quotes the item and says what is accepted
 */
function parsePortList(text) {
    let seen = PortSet.of([]);
    return parseRanges(text).flatMap((range) => {
        const ports = PortSet.ofRanges([range]);
        const unseen = ports.difference(seen);
        seen = seen.union(ports);
        return [...unseen];
    });
}
function parseRanges(text) {
    const items = splitList(text.replace(/(\d)\s*-\s*(?=\d)/g, '$1-'));
    if (items.length > maxItems) {
        throw new Error(`${items.length} items, the maximum is ${maxItems}: write consecutive ports as a range`);
    }
    return items.map((item) => {
        const range = parseRange(item);
        if (range === undefined || Math.min(range.first, range.last) < 1) {
            if (/^\d+:\d+$/.test(item)) {
                throw new Error(`${quote(item)} is not a range: write ${item.replace(':', '-')}`);
            }
            throw new Error(`${quote(item)} is not a port from 1 to 65535 or a range of them such as 20000-20999`);
        }
        if (range.first > range.last) {
            throw new Error(`${quote(item)} runs backwards: write ${range.last}-${range.first}`);
        }
        return range;
    });
}
/** Reads a number from 0 to 65535, or two such numbers with a dash between them; undefined for other text. */
function parseRange(text) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    const range = { first: Number(first), last: Number(last) };
    // A comparison with NaN is false.
    return Math.max(range.first, range.last) <= 65535 ? range : undefined;
}
/**
 * Splits a list at commas, spaces and new lines.
 *
 * @throws Error for an empty item, with the items beside it
 */
function splitList(text) {
    const trimmed = text.trim();
    const items = trimmed === '' ? [] : trimmed.split(/\s*,\s*|\s+/);
    const empty = items.indexOf('');
    if (empty < 0)
        return items;
    const [before, after] = [items[empty - 1], items[empty + 1]];
    if (empty === 0)
        throw new Error(`${quote(`,${after}`)} starts with a comma`);
    if (empty === items.length - 1)
        throw new Error(`${quote(`${before},`)} ends in a comma`);
    throw new Error(`${quote(`${before},,${after}`)} has two commas in a row`);
}
/** Quotes an item, or the start of a long one. */
function quote(item) {
    return `"${item.length > 100 ? `${item.slice(0, 100)}…` : item}"`;
}

;// CONCATENATED MODULE: ./lib/action/names.js

const protocols = new Map([
    ['tcp', ['stream']],
    ['udp', ['dgram']],
    ['both', ['stream', 'dgram']],
]);
/**
 * Reads names such as `web, dns/udp`, separated by commas, spaces or new lines.
 *
 * @param defaultTransports those of a name without a protocol
 * @param envPrefix prefix of every variable
 * @throws Error that quotes the item and says what is accepted
 */
function parseNames(text, defaultTransports, envPrefix) {
    const items = splitList(text);
    if (items.length > 1000) {
        throw new Error(`${items.length} names, the maximum is 1000`);
    }
    const named = items.map((item) => parseName(item, defaultTransports));
    const names = named.map(({ name }) => name);
    checkTaken(names);
    // Output names are case-insensitive.
    checkClashes(names, 'output', (name) => name.toLowerCase());
    checkClashes(names, 'variable', (name) => variableName(name, envPrefix));
    return named;
}
function parseName(item, defaultTransports) {
    if (/^[\w-]+:\d+$/.test(item)) {
        throw new Error(`"${item}" has a port: write the name alone, and the port in the input "prefer"`);
    }
    const [name = '', protocol, ...rest] = item.split('/');
    const transports = protocol === undefined ? defaultTransports : protocols.get(protocol.toLowerCase());
    if (transports === undefined || rest.length > 0) {
        throw new Error(`"${item}" is not name/tcp, name/udp or name/both`);
    }
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
        throw new Error(`"${item}" is not a valid name: use a letter or _, then letters, digits, _ and -, 100 characters at most`);
    }
    return { name, transports };
}
/** Throws for `port` and `ports`, which are always outputs. `PORT` may be first, since `port` is the first port. */
function checkTaken(names) {
    const taken = names.find((name, i) => /^ports?$/i.test(name) && !(name === 'PORT' && i === 0));
    if (taken === undefined)
        return;
    throw new Error(taken === 'PORT'
        ? '"PORT" must be the first name: the output "port" is always the first port'
        : `"${taken}" is taken by an output that is always there. Only PORT, in capitals, may be the first name`);
}
/** Throws if two names give the same output or variable. */
function checkClashes(names, kind, keyOf) {
    const seen = new Map();
    for (const name of names) {
        const key = keyOf(name);
        const other = seen.get(key);
        if (other === name)
            throw new Error(`"${name}" appears twice`);
        if (other !== undefined) {
            throw new Error(`"${other}" and "${name}" give the same ${kind}, ${key}`);
        }
        seen.set(key, name);
    }
}
/** The variable of a named port. A name that already is a variable, such as `PGPORT`, gets no second `_PORT`. */
function variableName(name, envPrefix) {
    const isVariable = /[_-]port$/i.test(name) || name.endsWith('PORT');
    return `${envPrefix}${name.toUpperCase().replaceAll('-', '_')}${isVariable ? '' : '_PORT'}`;
}

;// CONCATENATED MODULE: ./lib/action/inputs.js




// Accepted spellings, in lower case.
const families = { ipv4: 'ipv4 af_inet inet 4', ipv6: 'ipv6 af_inet6 inet6 6', both: 'both' };
const types = { stream: 'stream tcp sock_stream', dgram: 'dgram udp sock_dgram', both: 'both' };
const booleans = { true: 'true', false: 'false' };
const transportsOf = {
    stream: ['stream'],
    dgram: ['dgram'],
    both: ['stream', 'dgram'],
};
/**
 * Reads and checks all inputs.
 *
 * @throws Error that names the input, its value and what is accepted
 */
function readInputs() {
    const transports = transportsOf[readKeyword('type', types) ?? 'stream'];
    const envPrefix = readEnvPrefix();
    const names = parseInput('names', (text) => parseNames(text, transports, envPrefix));
    const count = readCount(names.length);
    const host = getInput('host') || undefined;
    const range = readRange();
    const contiguous = readKeyword('contiguous', booleans) === 'true';
    if (contiguous && range === 'ephemeral') {
        throw invalidInput('contiguous', 'true', 'is not possible with "range": ephemeral');
    }
    const exclude = parseInput('exclude', parsePorts);
    const named = new Set(names.flatMap((name) => name.transports));
    return {
        request: {
            count,
            transports: names.length > 0 ? [...named] : transports,
            family: readFamily(host),
            host,
            range,
            exclude,
            prefer: parseInput('prefer', parsePortList).filter((port) => !exclude.has(port)),
            contiguous,
        },
        naming: {
            names,
            exportEnv: readKeyword('export-env', booleans) !== 'false',
            envPrefix,
        },
    };
}
function readCount(named) {
    const text = getInput('count') || `${named || 1}`;
    const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > 1000)
        throw invalidInput('count', text, 'is not a whole number from 1 to 1000');
    if (named > 0 && named !== count) {
        const names = named === 1 ? '1 name' : `${named} names`;
        throw new Error(`Input "count" is ${count} but "names" has ${names}: remove "count"`);
    }
    return count;
}
function readFamily(host) {
    const family = readKeyword('family', families);
    // isIP compiles a large regex on first use.
    const version = host === undefined ? 0 : (0,external_node_net_namespaceObject.isIP)(host);
    if (version === 0)
        return family ?? 'ipv4';
    const ofHost = version === 4 ? 'ipv4' : 'ipv6';
    if (family !== undefined && family !== ofHost) {
        throw invalidInput('host', `${host}`, `is an ${ofHost} address, but "family" is ${family}`);
    }
    return ofHost;
}
function readRange() {
    const text = getInput('range');
    const word = text.toLowerCase() || 'auto';
    if (word === 'auto' || word === 'ephemeral')
        return word;
    if (/^[a-z]+$/.test(word))
        throw invalidInput('range', text, 'is not auto, ephemeral or a list of ports');
    const items = parseInput('range', () => splitList(word));
    const alone = items.find((item) => item === 'auto' || item === 'ephemeral');
    if (alone !== undefined) {
        throw invalidInput('range', text, `is not possible: ${alone} cannot be combined with other items`);
    }
    return parseInput('range', parsePorts);
}
function readEnvPrefix() {
    const prefix = getInput('env-prefix');
    if (prefix.length > 100) {
        throw new Error(`Input "env-prefix" is ${prefix.length} characters long, the maximum is 100`);
    }
    if (!/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix)) {
        throw invalidInput('env-prefix', prefix, 'cannot start a variable name: use a letter or _, then letters, digits and _');
    }
    return prefix;
}
/** Reads and parses an input. Errors name it. */
function parseInput(input, parse) {
    try {
        return parse(getInput(input));
    }
    catch (error) {
        throw new Error(`Input "${input}": ${error.message}`);
    }
}
/** The value of an input that accepts a few words; undefined if it is blank. */
function readKeyword(input, words) {
    const text = getInput(input);
    if (text === '')
        return undefined;
    const values = Object.keys(words);
    const value = values.find((name) => words[name].split(' ').includes(text.toLowerCase()));
    if (value === undefined) {
        throw invalidInput(input, text, `is not one of ${Object.values(words).join(' ').replaceAll(' ', ', ')}`);
    }
    return value;
}
function invalidInput(input, value, reason) {
    return new Error(`Input "${input}": "${value}" ${reason}`);
}

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = require("node:util");
;// CONCATENATED MODULE: ./lib/action/log.js


/** Writes lines to the log. */
function log(lines) {
    // A runner takes `##[` anywhere in a line for the start of a command, and lines can contain other users' text.
    info(lines.map((line) => oneLine(line).replaceAll('##[', '## [')).join('\n'));
}
/** Writes a warning, on one line. */
function warn(message) {
    warning(oneLine(message));
}
/** Returns a function that writes to the debug log; undefined if debug logging is off, so callers can save the work. */
function debugLog() {
    return isDebug() ? debug : undefined;
}
/** Fails the step with one message. The stack and all causes go to the debug log. */
function reportFailure(error) {
    setFailed(error instanceof Error ? error.message : String(error));
    debugLog()?.((0,external_node_util_namespaceObject.inspect)(error));
}
function oneLine(text) {
    return text.trim().replace(/\s*[\r\n]\s*/g, ' ');
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = require("node:os");
;// CONCATENATED MODULE: ./lib/system/errors.js

/** The code of a system error, such as EADDRINUSE; undefined for other errors. */
function codeOf(error) {
    const { code, errno } = (error ?? {});
    if (!isUnnamed(code))
        return code;
    const names = Object.entries(external_node_os_namespaceObject.constants.errno);
    return names.find(([, number]) => number === -(errno ?? 0))?.[0] ?? code;
}
/** Whether libuv has no name for an error: `Unknown system error -122` is EDQUOT on Linux. */
function isUnnamed(code) {
    return String(code).startsWith('Unknown system error');
}
/** Whether this process or the machine has no file descriptor left. The error says nothing about the port or file. */
function isOutOfFiles(error) {
    const code = codeOf(error);
    return code === 'EMFILE' || code === 'ENFILE';
}
/** Explains an error in words, if it has only a code or a number. Returns any other error as it is. */
function explainError(error) {
    const code = codeOf(error);
    const { code: given, message = '' } = (error ?? {});
    const words = isUnnamed(given)
        ? message
            .replace(`${given}: ${given}`, `${code}: ${unnamed[`${code}`] ?? code}`)
            .replaceAll(given, `${code}`)
        : descriptorsLeft[`${code}`];
    return words === undefined ? error : Object.assign(new Error(words, { cause: error }), { code });
}
/** What errors mean that libuv has no name for. */
const unnamed = { EDQUOT: 'disk quota exceeded' };
const descriptorsLeft = {
    EMFILE: 'This process has no file descriptors left: raise the limit (ulimit -n) (EMFILE)',
    ENFILE: 'This machine has no file descriptors left: close programs that hold many, or raise its limit (ENFILE)',
};

;// CONCATENATED MODULE: ./lib/action/outputs.js






/**
 * Sets the ports as outputs and environment variables, and logs them. Away from a runner, only prints the outputs.
 *
 * @throws Error if one of the runner's files or standard output cannot be written; nothing is set then
 */
async function writeResult(allocation, naming) {
    const { ports, notices, warnings } = allocation;
    const outputs = listOutputs(ports, naming);
    if (process.env.GITHUB_OUTPUT) {
        const variables = listVariables(ports, naming);
        writeAllOrNothing([
            { file: 'GITHUB_OUTPUT', pairs: outputs, set: setOutput },
            ...(variables.length > 0
                ? [{ file: 'GITHUB_ENV', pairs: variables, set: exportVariable }]
                : []),
        ]);
        log([...listLines(ports, naming), ...notices]);
    }
    else {
        await print(outputs);
    }
    for (const message of warnings)
        warn(message);
}
/** Writes to the runner's files. If that fails halfway, takes back what was written. */
function writeAllOrNothing(changes) {
    const files = changes.map(({ file }) => useFile(file, (path) => ({ path, size: (0,external_node_fs_namespaceObject.statSync)(path).size })));
    try {
        for (const { file, pairs, set } of changes) {
            useFile(file, () => {
                for (const [name, value] of pairs)
                    set(name, value);
            });
        }
    }
    catch (error) {
        for (const { path, size } of files) {
            const written = (0,external_node_fs_namespaceObject.statSync)(path, { throwIfNoEntry: false })?.size ?? 0;
            if (written > size)
                (0,external_node_fs_namespaceObject.truncateSync)(path, size);
        }
        throw error;
    }
}
/** Passes the path of one of the runner's files to `use`. Errors name the file. */
function useFile(file, use) {
    const path = process.env[file];
    // Without GITHUB_ENV the toolkit would print `::set-env`, which runners ignore.
    if (!path) {
        throw new Error(`${file} is not set: set the input "export-env" to false to have outputs only`);
    }
    try {
        return use(path);
    }
    catch (error) {
        // The toolkit's own errors have no code.
        const reason = codeOf(error) ?? error.message;
        throw new Error(`The runner's file ${file} cannot be written: ${path} (${reason})`, {
            cause: error,
        });
    }
}
async function print(outputs) {
    const text = outputs.map(([name, value]) => `${name}=${value}\n`).join('');
    try {
        if (isNullDevice(process.stdout.fd))
            throw new Error('it is closed, or the null device');
        await new Promise((resolve, reject) => {
            process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
        });
    }
    catch (error) {
        const reason = `standard output cannot be written (${error.message})`;
        // A failed step reports its error on standard output, which does not work here.
        console.error(`Error: ${reason}`);
        throw new Error(reason, { cause: error });
    }
}
/** Whether `fd` is the null device, which Node opens on Unix in place of a closed stdout. */
function isNullDevice(fd) {
    try {
        const { rdev } = (0,external_node_fs_namespaceObject.fstatSync)(fd);
        return rdev !== 0 && rdev === (0,external_node_fs_namespaceObject.statSync)(external_node_os_namespaceObject.devNull).rdev;
    }
    catch {
        // Windows cannot do this for every file. If stdout is closed, the write fails.
        return false;
    }
}
/** The step's outputs. */
function listOutputs(ports, { names }) {
    return [
        ['port', `${ports[0]}`],
        ['ports', JSON.stringify(ports)],
        // The name `PORT` is the output `port`.
        ...names.flatMap(({ name }, i) => (name === 'PORT' ? [] : [[name, `${ports[i]}`]])),
    ];
}
/** The environment variables of later steps. */
function listVariables(ports, naming) {
    const { names, exportEnv, envPrefix } = naming;
    if (!exportEnv)
        return [];
    const each = ports.map((port, i) => [variableOf(i, ports.length, naming), `${port}`]);
    if (names.length > 0)
        return each;
    return [
        [`${envPrefix}PORT`, `${ports[0]}`],
        [`${envPrefix}PORTS`, ports.join(' ')],
        ...(ports.length > 1 ? each : []),
    ];
}
const protocolNames = { stream: 'TCP', dgram: 'UDP' };
/**
 * The lines of the log. Each port has its name, its protocols unless it is for TCP alone, and its variable. Named ports
 * have a line each, others share lines.
 */
function listLines(ports, naming) {
    const items = ports.map((port, i) => {
        const { name, transports = [] } = naming.names[i] ?? {};
        const protocols = transports.map((transport) => protocolNames[transport]).join(' and ');
        return [
            ...(name === undefined ? [] : [`${name}:`]),
            port,
            ...(protocols === '' || protocols === 'TCP' ? [] : [protocols]),
            ...(naming.exportEnv ? [`(${variableOf(i, ports.length, naming)})`] : []),
        ].join(' ');
    });
    if (naming.names.length > 0)
        return items;
    return Array.from({ length: Math.ceil(items.length / portsPerLine) }, (_, i) => items.slice(i * portsPerLine, (i + 1) * portsPerLine).join(', '));
}
const portsPerLine = 5;
/** The variable of one of `count` ports. */
function variableOf(index, count, { names, envPrefix }) {
    const name = names[index]?.name;
    if (name !== undefined)
        return variableName(name, envPrefix);
    return `${envPrefix}PORT${count > 1 ? `_${index + 1}` : ''}`;
}

;// CONCATENATED MODULE: ./lib/action/no-event-file.js
// @actions/github reads the event file as soon as it is imported, and throws or prints if it cannot. This action needs
// nothing from it, so this file is imported first and removes the path.
delete process.env.GITHUB_EVENT_PATH;


;// CONCATENATED MODULE: ./lib/node_modules/@actions/github/lib/context.js


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
;// CONCATENATED MODULE: ./lib/node_modules/@actions/github/lib/github.js


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


/** How other steps' messages name this step. */
function describeOwner() {
    if (!process.env.GITHUB_REPOSITORY)
        return 'a step outside of a runner';
    const { owner, repo } = context.repo;
    // All jobs of a matrix have the same id. Those that run at the same time have different runners.
    const runner = process.env.RUNNER_NAME ? `, runner ${process.env.RUNNER_NAME}` : '';
    return `${owner}/${repo}, run ${context.runId}, job ${context.job}${runner}`;
}

;// CONCATENATED MODULE: ./lib/leases/witness.js


/**
 * Asks the system about the processes and paths of jobs. If one exists, that is remembered until `forget`, so a job
 * with many steps is asked about once. If it does not, that is not remembered: a new job may get the same pid.
 */
class Witness {
    #processes = new Map();
    #paths = new Set();
    forget() {
        this.#processes.clear();
        this.#paths.clear();
    }
    /** @param started the recorded start time; undefined if it cannot be compared */
    processState(pid, started) {
        const key = `${pid} ${started}`;
        const state = this.#processes.get(key) ?? findProcessState(pid, started);
        if (state !== 'ended')
            this.#processes.set(key, state);
        return state;
    }
    /** Whether there is nothing at a path. If we may not look, it counts as existing. */
    isGone(path) {
        if (this.#paths.has(path))
            return false;
        const isGone = isNothingAt(path);
        if (!isGone)
            this.#paths.add(path);
        return isGone;
    }
}
function findProcessState(pid, started) {
    try {
        process.kill(pid, 0);
    }
    catch (error) {
        // EPERM: it exists and is another user's.
        if (codeOf(error) === 'ESRCH')
            return 'ended';
    }
    const status = readProcessStatus(pid);
    if (status === undefined)
        return 'there';
    if (status.hasEnded)
        return 'ended';
    if (started === undefined)
        return 'there';
    return status.started === started ? 'same' : 'ended';
}
/** Undefined if there is no /proc, if it shows another pid namespace, or if it hides the process (hidepid=2). */
function readProcessStatus(pid) {
    if (process.platform !== 'linux')
        return undefined;
    try {
        if ((0,external_node_fs_namespaceObject.readlinkSync)('/proc/self') !== `${process.pid}`)
            return undefined;
        return parseProcessStatus((0,external_node_fs_namespaceObject.readFileSync)(`/proc/${pid}/stat`, 'latin1'));
    }
    catch {
        return undefined;
    }
}
/**
 * Parses /proc/[pid]/stat, see proc_pid_stat(5). The name may contain a parenthesis, so the fields start after the last
 * one. State Z alone does not end a process: its main thread has ended, but others may run.
 */
function parseProcessStatus(stat) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const { 0: state, 17: threads, 19: started } = fields;
    if (started === undefined)
        return undefined;
    return { started, hasEnded: state === 'X' || (state === 'Z' && Number(threads) <= 1) };
}
function isNothingAt(path) {
    try {
        return (0,external_node_fs_namespaceObject.lstatSync)(path, { throwIfNoEntry: false }) === undefined;
    }
    catch {
        return false;
    }
}

;// CONCATENATED MODULE: ./lib/leases/job.js


const hours = 60 * 60;
/** How long a lease counts if nobody can know whether its job lives. No job on GitHub-hosted runners takes longer. */
const maxUnknownAge = 6 * hours;
/** The same, in seconds, if the process or the mark is there. Jobs on self-hosted runners may take five days. */
const maxAge = 5 * 24 * hours;
/** The job of this step. */
function currentJob() {
    // Pid 0: the runner has entered a container from outside. Pid 1: it adopts the children of ended processes.
    const pid = process.ppid > 1 ? process.ppid : undefined;
    const { RUNNER_TEMP: temp = '' } = process.env;
    return {
        pid,
        started: pid === undefined ? undefined : readProcessStatus(pid)?.started,
        bootId: tryTo(() => (0,external_node_fs_namespaceObject.readFileSync)('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
        // If the directory is missing from the start, it says nothing later.
        temp: isAbsolute(temp, process.platform) && tryTo(() => (0,external_node_fs_namespaceObject.lstatSync)(temp)) ? temp : undefined,
        mark: undefined,
        acquiredAt: now(),
        pidNamespace: readNamespace('pid'),
        timeNamespace: readTimeNamespace(),
        mountNamespace: readNamespace('mnt'),
        root: process.platform === 'win32' ? 'win32' : tryTo(readRoot),
    };
}
/**
 * Whether a job still lives. Checks the evidence in this order. Each piece counts only if this process stands where the
 * writer stood.
 *
 * @param here the job of this step
 */
function stateOf(job, here, evidence, file) {
    const isSame = (name) => job[name] !== undefined && job[name] === here[name];
    // The process has ended, or another one has its pid.
    const started = isSame('timeNamespace') ? job.started : undefined;
    const state = job.pid !== undefined && isSame('pidNamespace')
        ? evidence.processState(job.pid, started)
        : undefined;
    if (state === 'ended')
        return 'ended';
    // The machine was restarted. A process with the recorded start time outweighs it: a mount can hide the boot id.
    const areBootsKnown = job.bootId !== undefined && here.bootId !== undefined;
    const isRestarted = isSame('pidNamespace') && areBootsKnown && job.bootId !== here.bootId;
    if (isRestarted && state !== 'same')
        return 'ended';
    // The mark or RUNNER_TEMP is gone. Another user's path is not checked: its file system might never answer.
    const left = job.mark ?? job.temp;
    const isVisible = file.isOwn && isSame('mountNamespace') && isSame('root');
    if (left !== undefined && isVisible && evidence.isGone(left))
        return 'ended';
    if (state === 'same')
        return 'living';
    // The age decides. A time in the future is from another boot.
    const isKnown = state === 'there' || (job.mark !== undefined && isVisible);
    const age = isSame('timeNamespace') ? now() - job.acquiredAt : Math.max(0, file.age);
    return age >= 0 && age <= (isKnown ? maxAge : maxUnknownAge) ? 'living' : 'forgotten';
}
/** Whether two steps belong to the same job: the same process started them, and they have the same RUNNER_TEMP. */
function isSameJob(one, other) {
    const names = ['pid', 'started', 'bootId', 'pidNamespace', 'temp'];
    return one.pid !== undefined && names.every((name) => one[name] === other[name]);
}
/** Whether a path is absolute. On Windows it must name a drive: other paths could lead to other machines. */
function isAbsolute(path, platform) {
    return (platform === 'win32' ? /^[A-Za-z]:[\\/]/ : /^\//).test(path);
}
const texts = [
    'started',
    'bootId',
    'temp',
    'mark',
    'pidNamespace',
    'timeNamespace',
    'mountNamespace',
    'root',
];
/** Reads a job from a record, which anybody may have written; undefined if it is not a job. */
function parseJob(value, platform = process.platform) {
    const job = (value ?? {});
    const isJob = texts.every((name) => job[name] === undefined || typeof job[name] === 'string') &&
        [job.temp, job.mark].every((path) => path === undefined || isAbsolute(`${path}`, platform)) &&
        (job.pid === undefined || (Number.isSafeInteger(job.pid) && Number(job.pid) > 1)) &&
        Number.isSafeInteger(job.acquiredAt);
    return isJob ? job : undefined;
}
function now() {
    return process.hrtime()[0];
}
/** The kernel's name for a namespace of this process. Systems other than Linux have only one of each kind. */
function readNamespace(kind) {
    if (process.platform !== 'linux')
        return process.platform;
    return tryTo(() => (0,external_node_fs_namespaceObject.readlinkSync)(`/proc/self/ns/${kind}`));
}
/**
 * The offsets of a time namespace's clocks: the kernel gives the name of an ended namespace to the next. Before Linux 5.6
 * there is only one.
 */
function readTimeNamespace() {
    if (process.platform !== 'linux')
        return process.platform;
    const offsets = tryTo(() => (0,external_node_fs_namespaceObject.readFileSync)('/proc/self/timens_offsets', 'latin1'));
    return offsets?.trim().replace(/\s+/g, ' ') ?? (readNamespace('pid') && 'the only one');
}
function readRoot() {
    // As text: inodes can exceed 2^53.
    const { dev, ino } = (0,external_node_fs_namespaceObject.lstatSync)('/', { bigint: true });
    return `${dev}:${ino}`;
}
function tryTo(read) {
    try {
        return read();
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/leases/record.js

/** The maximum size of a record: no step writes or reads more. */
const maxRecordBytes = 256 * 1024;
/** The first line of a record: the job, and the owner's name for messages. */
function headerLine(job, owner) {
    return `${JSON.stringify({ ...job, owner: toPrintable(owner) })}\n`;
}
/** The lines that add ports to a record. */
function claimLines(ports) {
    return ports.map((port) => `${port}\n`).join('');
}
/** The lines that remove ports from a record. */
function withdrawalLines(ports) {
    return ports.map((port) => `-${port}\n`).join('');
}
/**
 * The text of a record, parsed as it grows. Anybody may have written it: unknown lines are ignored, and an unfinished
 * line waits for the rest of it.
 */
class RecordText {
    /** The owning job; undefined if the header is incomplete or invalid. */
    job;
    owner = '';
    ports = new Set();
    #hasHeader = false;
    #rest = '';
    append(bytes) {
        const lines = (this.#rest + bytes.toString('latin1')).split('\n');
        this.#rest = lines.pop();
        if (!this.#hasHeader && lines.length > 0) {
            this.#hasHeader = true;
            this.#parseHeader(Buffer.from(lines.shift(), 'latin1').toString());
        }
        for (const line of lines) {
            const [, sign, digits] = /^(-?)(\d{1,5})$/.exec(line) ?? [];
            if (digits === undefined)
                continue;
            if (sign === '-')
                this.ports.delete(Number(digits));
            else
                this.ports.add(Number(digits));
        }
    }
    #parseHeader(line) {
        try {
            const value = JSON.parse(line);
            this.job = parseJob(value);
            this.owner = toPrintable(`${value.owner}`);
        }
        catch {
            // Not written by this action.
        }
    }
}
/** Keeps a text short and on one line, so it cannot start a workflow command. */
function toPrintable(text) {
    return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}

;// CONCATENATED MODULE: ./lib/leases/retry.js

/** The errors if another process has a file open. On Windows, antivirus programs open new files for a moment. */
const codes = ['EBUSY', 'EPERM', 'EACCES'];
/** Milliseconds that are left for retries in the whole step. */
let left = 1000;
/** Runs a file operation. On Windows it is repeated while another process has the file open. */
function retryOnWindows(action) {
    for (;;) {
        try {
            return action();
        }
        catch (error) {
            if (process.platform !== 'win32' || !codes.includes(codeOf(error)) || left <= 0)
                throw error;
            left -= 20;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        }
    }
}

;// CONCATENATED MODULE: ./lib/leases/directory.js





// Do not follow a planted link or wait for a planted pipe. Windows has no such flags, and opens files without them.
const safeOpenFlags = external_node_fs_namespaceObject.constants.O_RDONLY | external_node_fs_namespaceObject.constants.O_NOFOLLOW | external_node_fs_namespaceObject.constants.O_NONBLOCK;
const buffer = Buffer.alloc(64 * 1024);
const tooManyFiles = 'there are too many files or directories';
/** The records of one user, as of the last look. */
class Directory {
    #path;
    /** Whether it is this user's. */
    #isOwn;
    #viewpoint;
    /** By path: records only grow, and a deleted one never comes back. See OwnRecord. */
    #records = new Map();
    #living = new Set();
    constructor(path, isOwn, viewpoint) {
        this.#path = path;
        this.#isOwn = isOwn;
        this.#viewpoint = viewpoint;
    }
    /** The records whose jobs still live. */
    get living() {
        return this.#living;
    }
    /**
     * Reads new records and lines. Deletes the records of this user's ended jobs.
     *
     * @param except the path of this step's own record
     * @throws the system's error if the directory cannot be listed, or no file descriptor is left
     */
    look(except, budget) {
        const recordsBefore = this.#records;
        const livingBefore = this.#living;
        const names = (0,external_node_fs_namespaceObject.readdirSync)(this.#path);
        this.#records = new Map();
        this.#living = new Set();
        let hasChanged = false;
        let problem;
        for (const name of names) {
            if (budget.entries-- <= 0 || budget.bytes <= 0) {
                problem = tooManyFiles;
                break;
            }
            const path = `${this.#path}/${name}`;
            if (path === except || !/^\d+-[a-z0-9]+$/.test(name))
                continue;
            const record = recordsBefore.get(path) ?? { text: new RecordText(), bytes: 0 };
            let age = 0;
            try {
                const status = (0,external_node_fs_namespaceObject.lstatSync)(path);
                if (!status.isFile())
                    continue;
                age = (Date.now() - status.mtimeMs) / 1000;
                if (status.size > record.bytes) {
                    readMore(path, record, budget);
                    hasChanged = true;
                }
                if (record.bytes < Math.min(status.size, maxRecordBytes))
                    problem = tooManyFiles;
            }
            catch (error) {
                if (isOutOfFiles(error))
                    throw error;
                // The step has deleted it.
                if (codeOf(error) === 'ENOENT')
                    continue;
                // Another user may deny access.
                if (this.#isOwn)
                    problem = error.message;
            }
            this.#records.set(path, record);
            budget.bytes -= record.bytes;
            this.#judge(path, record.text, age);
        }
        return { hasChanged: hasChanged || this.#living.size !== livingBefore.size, problem };
    }
    #judge(path, record, age) {
        const { here, witness } = this.#viewpoint;
        const state = record.job && stateOf(record.job, here, witness, { isOwn: this.#isOwn, age });
        if (state === 'living')
            this.#living.add(record);
        // After the longest age of a lease, a record is deleted even if nothing is known of its job.
        else if (this.#isOwn && (state === 'ended' || age > maxAge))
            remove(path);
    }
}
/** Reads the new part of a record, at most what a writer can write. */
function readMore(path, record, { bytes }) {
    const limit = Math.min(maxRecordBytes, bytes);
    const fd = retryOnWindows(() => (0,external_node_fs_namespaceObject.openSync)(path, safeOpenFlags));
    try {
        for (;;) {
            const length = Math.max(0, Math.min(limit - record.bytes, buffer.length));
            const count = (0,external_node_fs_namespaceObject.readSync)(fd, buffer, 0, length, record.bytes);
            if (count === 0)
                return;
            record.bytes += count;
            record.text.append(buffer.subarray(0, count));
        }
    }
    finally {
        (0,external_node_fs_namespaceObject.closeSync)(fd);
    }
}
/** Deletes a file if possible. On Windows another process may have it open. */
function remove(path) {
    try {
        (0,external_node_fs_namespaceObject.rmSync)(path);
    }
    catch {
        // Another step deleted it, or the next look will.
    }
}

;// CONCATENATED MODULE: ./lib/leases/own-record.js



const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = external_node_fs_namespaceObject.constants;
/** Others have claimed the ports of this step so often that its record has no room for more claims. */
class RecordFull extends Error {
}
/**
 * This step's record: a file that nobody else writes, and that only grows.
 *
 * Readers remember by path how far they have read, so a record that was deleted must never come back. Its path is
 * random and fixed, and only the first write creates the file: after `delete`, claims need a new OwnRecord.
 */
class OwnRecord {
    path;
    #ownership;
    #mark;
    /** 0 until this step has created the file. */
    #bytes = 0;
    constructor(directory, ownership) {
        this.path = `${directory}/${process.pid}-${randomText()}`;
        this.#ownership = ownership;
    }
    /**
     * Appends lines; before the first, the header.
     *
     * @throws RecordFull if the lines do not fit; the system's error, or an Error if only part of the lines was written
     */
    append(lines) {
        const isFirst = this.#bytes === 0;
        const bytes = Buffer.from(isFirst ? this.#makeHeader() + lines : lines);
        if (this.#bytes + bytes.length > maxRecordBytes) {
            throw new RecordFull("Other steps claimed this step's ports again and again: its record is full");
        }
        const create = isFirst ? O_CREAT | O_EXCL : 0;
        const fd = retryOnWindows(() => (0,external_node_fs_namespaceObject.openSync)(this.path, O_WRONLY | O_APPEND | create, 0o644));
        this.#bytes += bytes.length;
        try {
            // Readable for all, whatever the umask.
            (0,external_node_fs_namespaceObject.fchmodSync)(fd, 0o644);
            if ((0,external_node_fs_namespaceObject.writeSync)(fd, bytes) < bytes.length) {
                throw new Error(`could write only part of a claim to ${this.path}`);
            }
        }
        finally {
            (0,external_node_fs_namespaceObject.closeSync)(fd);
        }
    }
    /** @throws the system's error if the record is gone */
    check() {
        (0,external_node_fs_namespaceObject.lstatSync)(this.path);
    }
    /** Deletes the record and its mark. Returns whether they are gone: on Windows another process may have them open. */
    delete() {
        if (this.#bytes > 0 && !own_record_remove(this.path))
            return false;
        // A mark without a record does no harm.
        if (this.#mark !== undefined)
            own_record_remove(this.#mark);
        return true;
    }
    /** Makes the mark too, if one is needed: before the record that names it. */
    #makeHeader() {
        const { job, owner } = this.#ownership;
        if (job.started === undefined && job.temp !== undefined)
            this.#mark = makeMark(job.temp);
        return headerLine({ ...job, mark: this.#mark }, owner);
    }
}
function own_record_remove(path) {
    try {
        retryOnWindows(() => (0,external_node_fs_namespaceObject.rmSync)(path, { force: true }));
        return true;
    }
    catch {
        return false;
    }
}
/** Makes an empty file in RUNNER_TEMP; undefined if that fails. The dot keeps it safe from `rm -rf $RUNNER_TEMP/*`. */
function makeMark(temp) {
    const path = `${temp}/.find-unused-port-${randomText()}`;
    try {
        (0,external_node_fs_namespaceObject.closeSync)((0,external_node_fs_namespaceObject.openSync)(path, O_WRONLY | O_CREAT | O_EXCL, 0o644));
        return path;
    }
    catch {
        return undefined;
    }
}
function randomText() {
    return Math.random().toString(36).slice(2);
}

;// CONCATENATED MODULE: ./lib/leases/users.js



const prefix = 'find-unused-port-';
/** The directory that all users of a machine share. On Unix it is sticky: users cannot delete each other's files. */
function sharedDirectory(platform, environment) {
    return platform === 'win32' ? environment.ProgramData || 'C:\\ProgramData' : '/tmp';
}
/**
 * This user's directory. It is named after the uid outside any user namespace; on Windows after the lower-case user
 * name.
 *
 * @throws Error if the user has no name, or no uid outside
 */
function ownDirectory(root) {
    const uid = process.getuid?.();
    const user = uid === undefined ? (0,external_node_os_namespaceObject.userInfo)().username.toLowerCase() : readUidMap().outer(uid);
    return `${root}/${prefix}${user}`;
}
/**
 * Makes this user's directory, readable by all.
 *
 * @throws the system's error, or an Error if something of another user is there
 */
function makeOwnDirectory(root) {
    const directory = ownDirectory(root);
    try {
        (0,external_node_fs_namespaceObject.mkdirSync)(directory, 0o755);
    }
    catch (error) {
        if (codeOf(error) !== 'EEXIST')
            throw error;
    }
    const status = (0,external_node_fs_namespaceObject.lstatSync)(directory);
    if (!status.isDirectory() || status.uid !== (process.getuid?.() ?? status.uid)) {
        throw new Error(`${directory} is not this user's directory: delete it as its owner or as root`);
    }
    (0,external_node_fs_namespaceObject.chmodSync)(directory, 0o755);
    return directory;
}
/**
 * The directories of other users, lowest uid first. A directory counts only if its owner is the one in its name, so
 * nobody can pose as several users.
 *
 * @param own the directory of this user, if there is one
 * @throws the system's error if the shared directory cannot be listed; Error if users cannot be told apart
 */
function* listNeighbours(root, own) {
    const hasUids = process.getuid !== undefined;
    const { inner } = readUidMap();
    const users = (0,external_node_fs_namespaceObject.readdirSync)(root)
        .filter((name) => name.startsWith(prefix) && `${root}/${name}` !== own)
        .map((name) => name.slice(prefix.length))
        .filter((user) => !hasUids || /^(0|[1-9]\d{0,9})$/.test(user));
    users.sort((one, other) => Number(one) - Number(other));
    for (const user of users) {
        const path = `${root}/${prefix}${user}`;
        if (isDirectoryOf(path, hasUids ? inner(Number(user)) : undefined))
            yield path;
    }
}
/** @param uid the owner; undefined for any */
function isDirectoryOf(path, uid) {
    try {
        const status = (0,external_node_fs_namespaceObject.lstatSync)(path);
        return status.isDirectory() && (uid === undefined || status.uid === uid);
    }
    catch {
        return false;
    }
}
/**
 * Parses /proc/self/uid_map, see user_namespaces(7). Each line: first uid inside, first outside, count. Unmapped users
 * show as 65534.
 */
function parseUidMap(text) {
    const ranges = [...text.matchAll(/^ *(\d+) +(\d+) +(\d+)$/gm)].map(([, ...fields]) => {
        const [here = 0, outside = 0, length = 0] = fields.map(Number);
        return { here, outside, length };
    });
    return {
        outer: (uid) => {
            const range = ranges.find(({ here, length }) => uid >= here && uid < here + length);
            return range === undefined ? uid : uid - range.here + range.outside;
        },
        inner: (uid) => {
            const range = ranges.find(({ outside, length }) => uid >= outside && uid < outside + length);
            if (range !== undefined)
                return uid - range.outside + range.here;
            return ranges.length === 0 ? uid : 65_534;
        },
    };
}
/** @throws Error in a user namespace without a map, where all users look the same */
function readUidMap() {
    let text;
    try {
        text = (0,external_node_fs_namespaceObject.readFileSync)('/proc/self/uid_map', 'latin1');
    }
    catch {
        return parseUidMap(''); // No /proc: uids are the machine's.
    }
    if (text === '')
        throw new Error('this user namespace has no map of user ids');
    return parseUidMap(text);
}

;// CONCATENATED MODULE: ./lib/leases/leases.js







const unlimited = { entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
/** The budget for other users: all their directories, the names in them, and the bytes of their records. */
const limited = { entries: 10_000, bytes: 8 * 1024 * 1024 };
/**
 * Knows which ports steps of all users have. All users share a directory. Each user has one in it, and each step one
 * record in that.
 *
 * Methods that read or write records throw if no file descriptor is left. Those that write throw RecordFull too: a step
 * whose claims others have contested for so long must not go on with ports that nobody sees.
 */
class Leases {
    /** Why claims could not be written, or others' could not be read. */
    recordProblem;
    lookProblem;
    #root;
    #ownership;
    #viewpoint;
    /** This user's directory; undefined if there is none. */
    #ownDirectory;
    /** This step's record; undefined until the first claim. */
    #record;
    /** By path. */
    #directories = new Map();
    #owners = new Map();
    /**
     * Makes this user's directory.
     *
     * @param owner how other steps' messages name this step
     * @param root the directory that all users share
     */
    constructor(owner, root = sharedDirectory(process.platform, process.env)) {
        const job = currentJob();
        this.#root = root;
        this.#ownership = { job, owner };
        this.#viewpoint = { here: job, witness: new Witness() };
        this.#ownDirectory = this.#tryToWrite(() => makeOwnDirectory(root));
    }
    /** Where leases are and how many, for the debug log. */
    get summary() {
        return `Leases are in ${this.#ownDirectory ?? this.#root}: others have ${this.#owners.size} ports.`;
    }
    /** The step that has a port, if not this one, as of the last look. */
    ownerOf(port) {
        return this.#owners.get(port);
    }
    /** Looks at the records of all users, and asks again which jobs live. */
    lookAfresh() {
        this.#viewpoint.witness.forget();
        this.look();
    }
    /** Looks at the records of all users. Jobs that lived at an earlier look are not asked about again. */
    look() {
        const own = this.#ownDirectory;
        let hasChanged = false;
        this.#tryToLook(() => {
            // On Windows other users can add files to this user's directory.
            const budget = { ...(process.platform === 'win32' ? limited : unlimited) };
            if (own !== undefined)
                hasChanged = this.#lookInto(own, budget);
        });
        this.#tryToLook(() => {
            const budget = { ...limited };
            for (const path of listNeighbours(this.#root, own)) {
                if (budget.entries-- <= 0)
                    throw new Error(tooManyFiles);
                hasChanged = this.#lookIntoNeighbour(path, budget) || hasChanged;
            }
        });
        // Usually nothing has changed, and there can be many leases.
        if (hasChanged)
            this.#owners = this.#collectOwners();
        this.#tryToWrite(() => this.#record?.check());
    }
    /** Claims ports. They are this step's once a later look finds no other claim. */
    write(ports) {
        if (ports.length > 0)
            this.#append(claimLines(ports));
    }
    /** Gives back claimed ports. */
    withdraw(ports) {
        if (ports.length > 0)
            this.#append(withdrawalLines(ports));
    }
    /** Gives back everything: deletes the record. If that fails, the record counts until the job ends. */
    release() {
        if (this.#record?.delete())
            this.#record = undefined;
    }
    /** @throws Error if the process that started this step has ended, since the leases end with it */
    checkParent() {
        const { pid, started } = this.#ownership.job;
        const { witness } = this.#viewpoint;
        witness.forget();
        // On Windows the pid of the parent stays when the parent ends.
        const hasEnded = pid !== process.ppid || witness.processState(pid, started) === 'ended';
        if (pid === undefined || !hasEnded)
            return;
        throw new Error(`The process that started this step (pid ${pid}) has ended, so its ports cannot be kept`);
    }
    /** Returns whether owners may have changed. */
    #lookInto(path, budget) {
        const known = this.#directories.get(path);
        const directory = known ?? new Directory(path, path === this.#ownDirectory, this.#viewpoint);
        this.#directories.set(path, directory);
        const { hasChanged, problem } = directory.look(this.#record?.path, budget);
        this.lookProblem = problem ?? this.lookProblem;
        return hasChanged;
    }
    #lookIntoNeighbour(path, budget) {
        try {
            return this.#lookInto(path, budget);
        }
        catch (error) {
            // Another user may deny access or remove files.
            if (isOutOfFiles(error))
                throw error;
            return false;
        }
    }
    #collectOwners() {
        const owners = new Map();
        for (const { living } of this.#directories.values()) {
            for (const { job, ports, owner: name } of living) {
                const owner = {
                    name,
                    isThisJob: job !== undefined && isSameJob(job, this.#viewpoint.here),
                };
                for (const port of ports)
                    owners.set(port, owner);
            }
        }
        return owners;
    }
    #append(lines) {
        this.#tryToWrite(() => {
            this.#record ??= new OwnRecord(this.#ownDirectory, this.#ownership);
            this.#record.append(lines);
        });
    }
    /** Writes, unless an earlier write failed: the record may end in half a line. */
    #tryToWrite(action) {
        if (this.recordProblem !== undefined)
            return undefined;
        return attempt(action, (problem) => {
            this.recordProblem = problem;
        });
    }
    #tryToLook(action) {
        attempt(action, (problem) => {
            this.lookProblem = problem;
        });
    }
}
/** Runs an action, and reports the problem if it fails. */
function attempt(action, report) {
    try {
        return action();
    }
    catch (error) {
        if (isOutOfFiles(error) || error instanceof RecordFull)
            throw error;
        report(explainError(error).message);
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/system/run-command.js
/**
 * Runs a program and returns what it printed.
 *
 * @param timeout milliseconds; then the program is killed
 * @throws Error if it fails or does not end in time
 */
function runCommand([file, ...args], timeout) {
    const { execFile } = process.getBuiltinModule('node:child_process');
    return new Promise((resolve, reject) => {
        execFile(file, args, { timeout, killSignal: 'SIGKILL' }, (error, stdout) => {
            if (error === null)
                resolve(stdout);
            else if (error.killed)
                reject(new Error(`no answer within ${timeout / 1000} s`));
            else
                reject(error);
        });
    });
}

;// CONCATENATED MODULE: ./lib/system/ephemeral-range.js





/**
 * Reads the ephemeral range from this machine as it is set up now. Commands are started before this returns.
 *
 * Sources: ip_local_port_range and ip_local_reserved_ports in Linux' ip-sysctl documentation; in_pcb.c
 * in XNU; "netsh interface ipv4 show dynamicport" in Microsoft's documentation.
 */
async function ephemeralRange(transports, { commands, patience = 3000, directory = '/proc/sys/net/ipv4' } = {}) {
    const { platform, env } = process;
    if (platform === 'linux')
        return readLinuxRange(directory);
    const asked = commands ?? rangeCommands(platform, transports, env);
    const problems = [];
    const answers = asked.map(async (command) => {
        try {
            return parsePrintedRange(platform, await runCommand(command, patience));
        }
        catch (error) {
            problems.push(`${nameOf(command)}: ${describe(error)}`);
            return defaultRange(platform);
        }
    });
    const ports = PortSet.ofRanges(await Promise.all(answers));
    const source = platform === 'win32' ? 'netsh' : 'sysctl net.inet.ip.portrange';
    return problems.length === 0
        ? { ports, source }
        : { ports, source, assumed: problems.sort().join('; ') };
}
/** The ports that the kernel may assign: its range, such as `32768\t60999`, without reserved ports. */
function parseLinuxRange(range, reserved) {
    const bounds = parseRange(range.trim().replace('\t', '-'));
    if (bounds === undefined || bounds.first > bounds.last) {
        throw new Error(`ip_local_port_range holds ${JSON.stringify(range)}`);
    }
    // The kernel's lists can have 0, and more items than a user's.
    const items = reserved.trim().split(',').map(parseRange);
    const left = PortSet.ofRanges(items.filter((item) => item !== undefined));
    return PortSet.ofRanges([bounds]).difference(left);
}
/** The commands that print the range. Windows has one range for each family and transport. */
function rangeCommands(platform, transports, environment) {
    if (platform !== 'win32') {
        const name = 'net.inet.ip.portrange';
        return [['/usr/sbin/sysctl', '-n', `${name}.first`, `${name}.last`]];
    }
    const netsh = `${environment.SystemRoot || 'C:\\Windows'}\\System32\\netsh.exe`;
    return transports.flatMap((transport) => {
        const protocol = transport === 'stream' ? 'tcp' : 'udp';
        return ['ipv4', 'ipv6'].map((family) => [
            netsh,
            'int',
            family,
            'show',
            'dynamicport',
            protocol,
        ]);
    });
}
/**
 * Parses what such a command printed: the two integers that end its last lines. Windows prints the first port and how
 * many there are, each after words in the user's language; macOS prints the first port and the last.
 *
 * @throws Error that quotes the text if it has no range that the system could have
 */
function parsePrintedRange(platform, text) {
    const found = text.match(/(?<![\w.-])\d+(?=[^\S\n]*$)/gm) ?? [];
    const [first = 0, second = 0] = found.slice(-2).map(Number);
    const last = platform === 'win32' ? first + second - 1 : second;
    // Windows takes no dynamic range below 1024 or of fewer than 255 ports.
    const [lowest, fewest] = platform === 'win32' ? [1024, 255] : [1, 1];
    if (first < lowest || last - first + 1 < fewest || last > 65535) {
        throw new Error(`no range of ports in ${JSON.stringify(text)}`);
    }
    return { first, last };
}
/** The default range. */
function defaultRange(platform) {
    return platform === 'linux' ? { first: 32768, last: 60999 } : { first: 49152, last: 65535 };
}
function readLinuxRange(directory) {
    const source = `${directory}/ip_local_port_range`;
    const reserved = `${directory}/ip_local_reserved_ports`;
    try {
        return {
            ports: parseLinuxRange(readWhole(source), (0,external_node_fs_namespaceObject.existsSync)(reserved) ? readWhole(reserved) : ''),
            source,
        };
    }
    catch (error) {
        return { ports: PortSet.ofRanges([defaultRange('linux')]), source, assumed: describe(error) };
    }
}
/** Reads a file of /proc/sys with one read: a second returns nothing. */
function readWhole(file) {
    const descriptor = (0,external_node_fs_namespaceObject.openSync)(file, 'r');
    try {
        // The longest list has every other port, each with a comma.
        const buffer = Buffer.alloc(32_768 * 6);
        return buffer.toString('latin1', 0, (0,external_node_fs_namespaceObject.readSync)(descriptor, buffer));
    }
    finally {
        (0,external_node_fs_namespaceObject.closeSync)(descriptor);
    }
}
/** A command as a user would type it. */
function nameOf([file, ...args]) {
    return [file.replace(/.*[\\/]/, ''), ...args].join(' ');
}
/** An error's message on one line, at most 200 characters. */
function describe(error) {
    return explainError(error).message.replace(/\s+/g, ' ').slice(0, 200);
}

;// CONCATENATED MODULE: ./lib/system/sockets.js


/**
 * Binds a TCP or a UDP socket. Where a bound TCP socket keeps others from its port only if it listens, it listens.
 *
 * @throws the system's error, with its `code`
 */
async function bind(transport, endpoint) {
    return (transport === 'stream' && bindOnly(endpoint)) || openSocket(transport, endpoint);
}
/**
 * Binds a TCP socket that does not listen: nobody can connect to it, no firewall asks whether Node may listen, and on
 * Windows it is one socket instead of 33. Undefined where Node cannot do that, and on Linux, where two such sockets can
 * have one port.
 *
 * Sources: in_pcbbind in XNU, where SO_REUSEADDR allows no second bind of an address; uv__tcp_try_bind and
 * uv__tcp_listen in libuv's src/win/tcp.c, which set no option and open 32 sockets for clients beside the listening one.
 */
function bindOnly({ host, port, ipv6Only = false }) {
    if (process.platform !== 'darwin' && process.platform !== 'win32')
        return undefined;
    const { BoundSocket } = process.getBuiltinModule('node:net');
    return BoundSocket && host !== undefined ? new BoundSocket({ host, port, ipv6Only }) : undefined;
}
function openSocket(transport, endpoint) {
    return new Promise((resolve, reject) => {
        const settle = (socket) => {
            socket.on('listening', () => resolve(socket));
            socket.on('error', (error) => sockets_close(socket).then(() => reject(error)));
        };
        if (transport === 'stream') {
            // Reset clients: an orderly close leaves TIME_WAIT, which could stop the real server.
            const server = (0,external_node_net_namespaceObject.createServer)((connection) => connection.resetAndDestroy());
            settle(server);
            // If NODE_UNIQUE_ID makes Node act as a worker of node:cluster, sockets are shared unless they are exclusive.
            server.listen({ ...endpoint, exclusive: true });
        }
        else {
            const { createSocket } = process.getBuiltinModule('node:dgram');
            const { port, host: address = '::', ipv6Only = false } = endpoint;
            const socket = createSocket({ type: (0,external_node_net_namespaceObject.isIPv6)(address) ? 'udp6' : 'udp4', ipv6Only });
            settle(socket);
            socket.bind({ port, address, exclusive: true });
        }
    });
}
/** An error for a socket that the system refuses whatever its port. */
function unusableError(transport, host, cause) {
    const protocol = { stream: 'TCP', dgram: 'UDP' }[transport];
    const where = host === undefined ? '' : ` on ${host}`;
    return new Error(`This process can bind no ${protocol} port${where} (${codeOf(cause)})`, {
        cause,
    });
}
/**
 * Asks the system for any port.
 *
 * @returns the code with which it refuses, if this process is not permitted to bind one
 */
async function findBindBan(transports) {
    for (const transport of transports) {
        try {
            await sockets_close(await bind(transport, { host: '0.0.0.0', port: 0 }));
        }
        catch (error) {
            const code = codeOf(error);
            if (explainBindError(code, process.platform) === 'not permitted')
                return code;
        }
    }
    return undefined;
}
/** Closes a socket and waits until it is closed. A server that never listened counts as closed. */
async function sockets_close(socket) {
    if ('on' in socket)
        await new Promise((resolve) => socket.close(() => resolve()));
    else
        socket.close();
}
/** Closes sockets and waits until all are closed. */
async function closeAll(sockets) {
    await Promise.all(sockets.map(sockets_close));
}
/** Why a port is refused, from the code of a failed bind; undefined for codes that are not about the port. */
function explainBindError(code, platform) {
    if (code === 'EADDRINUSE')
        return 'in use';
    if (code !== 'EACCES' && code !== 'EPERM')
        return undefined;
    // Windows: another user's exclusive socket, or a block of ports that Hyper-V keeps for itself.
    // Elsewhere: a port that only privileged processes may bind.
    return platform === 'win32' ? 'in use' : 'not permitted';
}
/**
 * Whether a failed bind means that the machine has no such address, or no such family. The address may be gone since
 * it was listed. If its interface is gone too, the code differs.
 */
function isAbsent(code) {
    return absent.includes(code);
}
const absent = [
    'EADDRNOTAVAIL',
    'EAFNOSUPPORT',
    'EPROTONOSUPPORT',
    'EINVAL',
    'ENODEV',
    'ENXIO',
    'ENOTFOUND',
];

;// CONCATENATED MODULE: ./lib/system/hosts.js





/**
 * The addresses to find ports on, one for each family: those of `host`, or the wildcard addresses.
 *
 * @throws Error if the host has no address in a family, or one that is not this machine's
 */
async function resolveHosts(family, host) {
    if (host === undefined) {
        // IPv4 is always there, so the default costs no call.
        if (family !== 'ipv4')
            requireIpv6(await bindError('::1'));
        return { ipv4: ['0.0.0.0'], ipv6: ['::'], both: ['0.0.0.0', '::'] }[family];
    }
    const versions = { ipv4: [4], ipv6: [6], both: [4, 6] }[family];
    const addresses = await Promise.all(versions.map((version) => lookUp(host, version)));
    for (const address of addresses) {
        const error = await bindError(address);
        if (error !== undefined) {
            const code = codeOf(error);
            const reason = isAbsent(code)
                ? `this machine has no address ${address}`
                : `${address} cannot be bound`;
            throw new Error(`Input "host": "${host}", but ${reason} (${code})`, { cause: error });
        }
    }
    return addresses;
}
/** Whether an interface of this machine has an IPv6 address. */
function hasIpv6Address(interfaces = (0,external_node_os_namespaceObject.networkInterfaces)()) {
    return Object.values(interfaces).some((infos) => infos?.some(({ family }) => family === 'IPv6'));
}
/**
 * If IPv6 is disabled, `::` can still be bound, and no other address. So this asks for ::1 and for the interfaces:
 * the loopback interface may lack IPv6 although others have it.
 *
 * @param error why the loopback address cannot be bound; undefined if it can
 * @throws Error if this machine has no IPv6
 */
function requireIpv6(error, hasAddress = hasIpv6Address) {
    if (error === undefined || (isAbsent(codeOf(error)) && hasAddress()))
        return;
    const reason = isAbsent(codeOf(error)) ? 'this machine has no IPv6' : '::1 cannot be bound';
    throw new Error(`Input "family": IPv6 was asked for, but ${reason} (${codeOf(error)})`, {
        cause: error,
    });
}
/**
 * Why an address cannot be bound; undefined if it can.
 *
 * @throws the system's error if no file descriptor is left
 */
async function bindError(host) {
    try {
        await sockets_close(await bind('stream', { host, port: 0 }));
    }
    catch (error) {
        if (isOutOfFiles(error))
            throw error;
        // The address exists, but its ephemeral ports are used up, or a sandbox permits other ports.
        if (!['EADDRINUSE', 'EACCES', 'EPERM'].includes(`${codeOf(error)}`))
            return error;
    }
    return undefined;
}
/** The longest wait for a name, in milliseconds: a resolver turns to its second server after five seconds. */
const patience = 8000;
/** Prints the address of a name, or the code of the error. */
const lookUpProgram = `
  const [, name, family] = process.argv;
  require('node:dns').lookup(name, { family: Number(family) }, (error, address) => {
    process.stdout.write(error === null ? address : String(error.code));
  });`;
/**
 * The first address of a host. A name is looked up in another process: it may take a minute if no server answers, and
 * no process ends before its look-ups do.
 */
async function lookUp(host, version) {
    if ((0,external_node_net_namespaceObject.isIP)(host) === version)
        return host;
    // RFC 6761, section 6.3
    if (host.toLowerCase() === 'localhost')
        return version === 4 ? '127.0.0.1' : '::1';
    const command = [process.execPath, '-e', lookUpProgram, '--', host, `${version}`];
    const answer = await runCommand(command, patience).catch((error) => {
        if (isOutOfFiles(error))
            throw error;
        const message = `Input "host": the look-up of "${host}" failed: ${error.message}`;
        throw new Error(message, { cause: error });
    });
    if ((0,external_node_net_namespaceObject.isIP)(answer) === version)
        return answer;
    throw new Error(`Input "host": "${host}" does not resolve to an IPv${version} address (${answer})`);
}

;// CONCATENATED MODULE: ./lib/system/probe.js




/** @param hosts one address for each family that was asked for */
function probeTarget(transports, hosts) {
    const wildcards = hosts.map((host) => (host.includes(':') ? '::' : '0.0.0.0'));
    return { transports, addresses: ownAddresses(process.platform, hosts), wildcards };
}
/**
 * On Linux wildcard and specific binds exclude each other. On macOS (with SO_REUSEADDR, which libuv always sets for
 * TCP) and Windows they do not, so each address is tried. For UDP on macOS the wildcards see all others, but anybody
 * may bind them below 1024, where only root may bind loopback.
 *
 * Sources: ip(7) and tcp(7); in_pcbbind and in6_pcbbind in XNU; "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" in
 * Microsoft's documentation; uv_tcp_bind in libuv's src/unix/tcp.c and src/win/tcp.c.
 */
function probePlan(platform, transport, { addresses, wildcards }) {
    // Without a host Node listens on one dual-stack socket, or on 0.0.0.0 if that fails. Two sockets check the same,
    // whatever net.ipv6.bindv6only is, and show whether there is IPv6.
    if (platform === 'linux' && transport === 'stream' && !wildcards.includes('::')) {
        return { alone: [], held: [{}] };
    }
    return {
        alone: addressesAlone(platform, transport, addresses).map((host) => ({
            host,
            ipv6Only: (0,external_node_net_namespaceObject.isIPv6)(host),
        })),
        held: [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }],
    };
}
function addressesAlone(platform, transport, addresses) {
    if (platform === 'linux')
        return [];
    return transport === 'stream' || platform === 'win32' ? addresses : ['127.0.0.1'];
}
/** The addresses to try by themselves, `hosts` included. On Linux `probePlan` needs none, so none are looked up. */
function ownAddresses(platform, hosts, interfaces = platform === 'linux' ? {} : (0,external_node_os_namespaceObject.networkInterfaces)()) {
    const found = Object.entries(interfaces).flatMap(([name, infos = []]) => infos.map(({ address, scopeid }) => {
        const zone = platform === 'win32' ? scopeid : name;
        return scopeid ? `${address}%${zone}` : address;
    }));
    // The wildcard addresses are bound last, and held.
    const specific = hosts.filter((host) => host !== '0.0.0.0' && host !== '::');
    return [...new Set(['127.0.0.1', '::1', ...found, ...specific])];
}
/**
 * Binds each port on every address, so that nobody else can until the sockets are closed.
 *
 * @throws Error that names the port and the address if a bind fails for another reason; then nothing is held
 */
async function holdAll(ports, target) {
    const results = await Promise.allSettled(ports.map((port) => hold(port, target)));
    const held = [];
    const refused = new Map();
    const sockets = [];
    for (const [i, port] of ports.entries()) {
        const result = results[i];
        if (result?.status !== 'fulfilled')
            continue;
        if (typeof result.value === 'string') {
            refused.set(port, result.value);
        }
        else {
            held.push(port);
            sockets.push(...result.value);
        }
    }
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) {
        await closeAll(sockets);
        throw failure.reason;
    }
    return { ports: held, refused, close: () => closeAll(sockets) };
}
async function hold(port, target) {
    const sockets = [];
    for (const transport of target.transports) {
        const { alone, held } = probePlan(process.platform, transport, target);
        let hasIpv4 = false;
        for (const place of [...alone, ...held]) {
            const { host } = place;
            const isV6 = host?.includes(':') === true;
            try {
                const socket = await bind(transport, { ...place, port });
                hasIpv4 ||= !isV6;
                if (held.includes(place))
                    sockets.push(socket);
                else
                    await sockets_close(socket);
            }
            catch (error) {
                const code = codeOf(error);
                const refusal = explainBindError(code, process.platform);
                // Where IPv4 is permitted on a port and IPv6 is not, a sandbox forbids IPv6: there is none.
                const isMissing = isAbsent(code) || (isV6 && hasIpv4 && refusal === 'not permitted');
                const isRequired = host === undefined || target.wildcards.includes(host);
                if (isMissing && !isRequired)
                    continue;
                await closeAll(sockets);
                if (isMissing)
                    throw unusableError(transport, host, error);
                if (refusal !== undefined)
                    return refusal;
                if (isOutOfFiles(error))
                    throw error;
                const where = host ?? 'all addresses';
                throw new Error(`Could not test port ${port} on ${where}: ${error}`, { cause: error });
            }
        }
    }
    return sockets;
}

;// CONCATENATED MODULE: ./lib/ports/well-known-ports.js

/** A set of ports. A negative number is the end of a range: `19, -23` is 19 to 23. Text would take longer to read. */
function listPorts(ports) {
    const ranges = [];
    for (const port of ports) {
        const first = port < 0 ? (ranges.pop()?.first ?? 1) : port;
        ranges.push({ first, last: Math.abs(port) });
    }
    return PortSet.ofRanges(ranges);
}
/**
 * Ports that browsers do not connect to, so they cannot reach a web server there.
 * Source: "bad port" in the Fetch standard, https://fetch.spec.whatwg.org/#bad-port
 */
const badPorts = listPorts([
    1, 7, 9, 11, 13, 15, 17, 19, -23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, -104, 109, -111,
    113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, -515, 526, 530, -532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
    4190, 5060, 5061, 6000, 6566, 6665, -6669, 6679, 6697, 10080,
]);
/**
 * Where `range: auto` looks, best first. 20000-29999 is outside the default ephemeral range of all three systems. Most
 * ports below 10081 are some server's default, and 30000-32767 are Kubernetes NodePorts.
 */
const autoRanges = [
    listPorts([20000, -29999]),
    listPorts([10081, -19999, 32768, -65535]),
    listPorts([1024, -10080, 30000, -32767]),
];
/**
 * Ports that browsers refuse, or that widely used servers and tools bind by default: a later step may start one, and
 * would find its port taken. `auto` never gives these, but a user's range may.
 */
const avoidedPorts = badPorts.union(listPorts([
    67, 68, 80, 88, 443, 445, 500, 514, 520, 631, 853, 873, 1080, 1433, 1434, 1521, 1883, 2181,
    2375, -2380, 3000, -3009, 3128, 3306, 3389, 4000, 4200, 4222, 4317, 4318, 4369, 4444, 5000,
    -5005, 5173, 5174, 5353, 5432, 5433, 5601, 5671, 5672, 5900, 5901, 5984, 6379, 6380, 6443, 7000,
    7001, 7474, 7687, 8000, -8010, 8080, -8091, 8200, 8443, 8500, 8888, 9000, -9010, 9042, 9080,
    9090, -9100, 9200, 9229, 9300, 9418, 9443, 9999, 10245, 10248, -10259, 10389, 10636, 10800,
    11207, 11209, -11211, 11222, 11434, 12201, 13133, 14250, 14268, 14269, 15000, 15001, 15006,
    15010, 15012, 15014, 15020, 15021, 15090, 15432, 15433, 15670, -15675, 15692, 16000, 16010,
    16020, 16030, 16379, 16685, -16687, 18080, -18083, 18091, -18096, 18332, 18333, 18443, 18444,
    19000, 19001, 19042, 19092, 19132, 19530, 19999, 20000, 20048, 20160, 20170, 20180, 20292,
    20880, 21000, 21027, 21050, 21100, 21114, -21119, 21150, 21211, 21212, 22000, 22122, 23000,
    23020, 23456, 24000, 24007, 24008, 24220, 24224, 24231, 24678, 24800, 25000, 25010, 25020,
    25520, 25565, 25575, 25672, 25826, 26000, 26257, 26379, 26500, -26502, 26656, -26658, 27015,
    27017, -27020, 27042, 27960, 28000, 28015, 28017, 28080, 29015, 29092, 29400, 29418, 29500,
    30000, 33060, 33145, 35357, 37017, 50000, 50051, 61613, 61614, 61616, 64738,
]));

;// CONCATENATED MODULE: ./lib/search/candidates.js


const allPorts = PortSet.ofRanges([{ first: 1, last: 65_535 }]);
/** `auto` never gives ports below 1024. */
const privileged = PortSet.ofRanges([{ first: 1, last: 1023 }]);
/**
 * The ports to try besides preferred ones, as disjoint sets, best first.
 *
 * @param ephemeral the ephemeral range; `auto` uses it last
 */
function candidateSets({ range, exclude }, ephemeral) {
    if (range === 'ephemeral')
        return [];
    if (range !== 'auto') {
        const wanted = range.difference(exclude);
        return [wanted.difference(avoidedPorts), wanted.intersection(avoidedPorts)];
    }
    const never = avoidedPorts.union(privileged, exclude);
    return [...autoRanges.map((ports) => ports.difference(ephemeral)), ephemeral].map((set) => set.difference(never));
}
/** All ports that the request could get. Preferred blocks may lie outside the range. */
function allCandidates(request, sets) {
    const { count, prefer, range, exclude, contiguous } = request;
    const more = contiguous ? count - 1 : 0;
    const preferred = prefer.map((first) => ({ first, last: Math.min(first + more, 65_535) }));
    const others = range === 'ephemeral' ? [allPorts] : sets;
    return PortSet.ofRanges(preferred)
        .union(...others)
        .difference(exclude);
}
/** Those of the given ports that browsers refuse. */
function findBadPorts(ports) {
    return ports.filter((port) => badPorts.has(port));
}
/** Each port to try: preferred ones in their order, then each set in random order. */
function* orderCandidates(prefer, sets) {
    yield* prefer;
    const preferred = PortSet.of(prefer);
    for (const set of sets)
        yield* shuffle(set.difference(preferred));
}
/** Every port once, in random order, so steps rarely meet. */
function* shuffle(set) {
    const { size } = set;
    const start = randomBelow(size);
    // A step coprime to the size visits every index once.
    let step = 1 + randomBelow(size);
    while (greatestCommonDivisor(step, size) > 1)
        step = 1 + randomBelow(size);
    for (let i = 0; i < size; i++)
        yield nth(set, (start + i * step) % size);
    return undefined;
}
/** Where blocks of `length` ports lie: first at preferred ports, then in the first set, the first two, and so on. */
function* runsForBlocks(prefer, sets, exclude, length) {
    for (const first of prefer) {
        const run = { first, last: first + length - 1 };
        const isExcluded = PortSet.ofRanges([run]).intersection(exclude).size > 0;
        if (run.last <= 65_535 && !isExcluded)
            yield run;
    }
    let all = PortSet.of([]);
    for (const set of sets) {
        // A block may span sets.
        all = all.union(set);
        yield* runsFromRandomPlace(all, length);
    }
}
/** The runs in which all blocks of a set lie, in ascending order, starting at a random port and wrapping around. */
function runsFromRandomPlace(set, length) {
    const start = shuffle(set).next().value ?? 1;
    return [
        ...set.difference(PortSet.ofRanges([{ first: 0, last: start - 1 }])).ranges,
        ...set.intersection(PortSet.ofRanges([{ first: 0, last: start + length - 2 }])).ranges,
    ].filter(({ first, last }) => last - first + 1 >= length);
}
function nth({ ranges }, index) {
    let rest = index;
    for (const { first, last } of ranges) {
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

;// CONCATENATED MODULE: ./lib/search/find-block.js
/**
 * Reserves consecutive ports.
 *
 * @param runs where blocks may lie, best first
 * @returns the first free block; no ports if there is none, or time is up
 */
async function findBlock(length, runs, reservations, patience) {
    for (const { first, last } of runs) {
        for (let start = first; start + length - 1 <= last;) {
            const from = start;
            const block = Array.from({ length }, (_, i) => from + i);
            const refused = await reserveBlock(block, reservations, patience);
            if (refused.length === 0)
                return block;
            if (patience.isExhausted)
                return [];
            // No free block contains a refused port.
            start = Math.max(...refused) + 1;
        }
    }
    return [];
}
/**
 * Reserves all of a block or none.
 *
 * @returns the ports that are refused; none if the block is reserved
 */
async function reserveBlock(block, reservations, patience) {
    const known = block.filter((port) => reservations.refusalOf(port) !== undefined);
    if (known.length > 0)
        return known;
    // Start at the end: a refusal there skips the most.
    for (let end = block.length; end > 0; end -= reservations.batchSize) {
        const start = Math.max(0, end - reservations.batchSize);
        const { refused } = await reservations.reserve(block.slice(start, end), true);
        if (refused.length > 0) {
            reservations.release();
            return refused;
        }
        patience.note(block.length - start);
    }
    const lost = reservations.confirm(block);
    if (lost.length > 0)
        reservations.release();
    return lost;
}

;// CONCATENATED MODULE: ./lib/search/find-each.js
/**
 * Reserves single ports, and replaces those that are lost at the last look.
 *
 * @returns the ports, all different; fewer than `count` if there are no more, or time is up
 */
async function findEach(count, source, reservations, patience) {
    const ports = new Set();
    for (;;) {
        do {
            const more = ports.size < count ? await source(count - ports.size) : undefined;
            if (more === undefined)
                break;
            for (const port of more)
                ports.add(port);
            patience.note(ports.size);
        } while (!patience.isExhausted);
        // Also if there are too few: the message has how many there are.
        const lost = reservations.confirm([...ports]);
        for (const port of lost)
            ports.delete(port);
        if (lost.length === 0 || patience.isExhausted)
            return [...ports];
    }
}
/** Reserves candidates in their order. */
function candidateSource(candidates, reservations) {
    const untried = candidates[Symbol.iterator]();
    return async (wanted) => {
        const batch = [];
        while (batch.length < Math.min(wanted, reservations.batchSize)) {
            const { value: port, done } = untried.next();
            if (done)
                break;
            if (reservations.refusalOf(port) === undefined)
                batch.push(port);
        }
        if (batch.length === 0)
            return undefined;
        return (await reservations.reserve(batch)).reserved;
    };
}

;// CONCATENATED MODULE: ./lib/system/connections.js


/**
 * Reads the TCP connections. A server without SO_REUSEADDR cannot bind their ports, and the probe cannot see it, since
 * libuv sets that option on every TCP socket. Listening sockets are left out: the probe sees those.
 *
 * Linux only: elsewhere it takes a child process, and the answer is empty.
 *
 * @param directory where the kernel shows them. A /proc that shows only processes (subset=pid) has no /proc/net.
 */
function readConnections(directory = '/proc/self/net') {
    if (process.platform !== 'linux')
        return { ports: new Set() };
    // Reading a table takes milliseconds even if it is empty, so read the counts first.
    const counts = readAll([`${directory}/sockstat`, `${directory}/sockstat6`]).text;
    const { ipv4, ipv6, timeWait } = parseSocketCounts(counts);
    const table = ipv4 + timeWait === 0 ? [] : [`${directory}/tcp`];
    const table6 = ipv6 + timeWait === 0 ? [] : [`${directory}/tcp6`];
    const { text, problems } = readAll([...table, ...table6]);
    const ports = new Set(parseTable(text));
    // A system without IPv6 has no second table.
    const [problem] = problems.length === table.length + table6.length ? problems : [];
    return table.length > 0 && problem !== undefined ? { ports, problem } : { ports };
}
/**
 * TCP sockets per family, and those in TIME_WAIT, from /proc/net/sockstat and sockstat6; NaN if missing.
 * Source: net/ipv4/proc.c in Linux.
 */
function parseSocketCounts(text) {
    const count = (pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
    return {
        ipv4: count(/TCP: inuse (\d+)/),
        ipv6: count(/TCP6: inuse (\d+)/),
        timeWait: count(/TCP: .* tw (\d+)/),
    };
}
/** The local ports in /proc/net/tcp or tcp6, without the listening sockets (state 0A). See proc_pid_net(5). */
function* parseTable(text) {
    for (const [, port] of text.matchAll(/: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (?!0A)/g)) {
        yield Number(`0x${port}`);
    }
}
/** The text of files, without those that cannot be read. */
function readAll(files) {
    const problems = [];
    const texts = files.map((file) => {
        try {
            return (0,external_node_fs_namespaceObject.readFileSync)(file, 'latin1');
        }
        catch (error) {
            if (isOutOfFiles(error))
                throw error;
            problems.push(error.message);
            return '';
        }
    });
    return { text: texts.join(''), problems };
}

;// CONCATENATED MODULE: ./lib/search/reservations.js


/**
 * Reserves ports, so that of two steps at most one keeps a port: look, probe, look, write, look.
 *
 * The first look is at the start of a round. The probe holds the sockets until the claim is written, so on one network
 * the next step to bind the port sees the claim. docs/architecture.md has the argument.
 */
class Reservations {
    /**
     * How many ports to reserve at a time: thirty sockets. A process starts with room for 64 descriptors, and
     * Linux stops all its threads to make more.
     */
    batchSize;
    /** Why TCP connections could not be read at the last look. */
    connectionsProblem;
    #leases;
    #target;
    #debug;
    #refused = new Map();
    /** @param debug receives a line for each refused port */
    constructor(leases, target, debug) {
        const held = target.transports.map((transport) => probePlan(process.platform, transport, target).held.length);
        this.batchSize = Math.floor(30 / held.reduce((sum, sockets) => sum + sockets));
        this.#leases = leases;
        this.#target = target;
        this.#debug = debug;
    }
    /** Forgets why ports were refused, and looks at everybody's leases afresh. */
    beginRound() {
        this.#refused.clear();
        this.#leases.lookAfresh();
    }
    /** Why this step cannot have a port, as far as is known in this round; undefined if nothing is. */
    refusalOf(port) {
        return this.#leases.ownerOf(port) ?? this.#refused.get(port);
    }
    /**
     * Probes ports, and claims those that are free.
     *
     * @param whole claims none if any is refused
     */
    async reserve(ports, whole = false) {
        const held = await holdAll(ports, this.#target);
        try {
            for (const [port, refusal] of held.refused) {
                this.#refused.set(port, refusal);
                this.#report(port, refusal);
            }
            const refused = [...held.refused.keys()];
            if (whole && refused.length > 0)
                return { reserved: [], refused };
            const claimed = this.claim(held.ports, whole);
            return { ...claimed, refused: [...refused, ...claimed.refused] };
        }
        finally {
            await held.close();
        }
    }
    /**
     * Claims ports whose sockets the caller holds, except those that another step has.
     *
     * @param whole claims none if any is refused
     */
    claim(held, whole = false) {
        if (held.length === 0)
            return { reserved: [], refused: [] };
        this.#leases.look();
        const refused = held.filter((port) => this.#isRefused(port));
        if (whole && refused.length > 0)
            return { reserved: [], refused };
        const reserved = held.filter((port) => !refused.includes(port));
        this.#leases.write(reserved);
        return { reserved, refused };
    }
    /**
     * The last look, at everybody's leases and at TCP connections. Gives back the ports that another step has claimed
     * too, and those that a connection uses.
     *
     * @returns the ports that were given back
     */
    confirm(ports) {
        this.#leases.look();
        if (this.#target.transports.includes('stream')) {
            const connections = readConnections();
            this.connectionsProblem = connections.problem;
            // All of them are remembered, so that no search claims one after the other.
            for (const port of connections.ports)
                this.#refused.set(port, 'in use');
        }
        const lost = ports.filter((port) => this.#isRefused(port));
        this.#leases.withdraw(lost);
        return lost;
    }
    /** Gives back everything. */
    release() {
        this.#leases.release();
    }
    #isRefused(port) {
        const refusal = this.refusalOf(port);
        if (refusal === undefined)
            return false;
        // The other step may give its lease back, but this round has passed over the port.
        this.#refused.set(port, refusal);
        this.#report(port, refusal);
        return true;
    }
    #report(port, refusal) {
        this.#debug?.(`Port ${port} is ${describeRefusal(refusal)}.`);
    }
}
/** A refusal in words. */
function describeRefusal(refusal) {
    if (typeof refusal === 'string')
        return refusal;
    return refusal.isThisJob ? 'given to another step of this job' : `taken by ${refusal.name}`;
}

;// CONCATENATED MODULE: ./lib/search/messages.js



const help = 'https://github.com/find-unused-port/find-unused-port#make-the-ephemeral-range-smaller';
/** Problems the user should fix, each on one line. */
function describeWarnings(ports, { transports, range, prefer }, { recordProblem, lookProblem, connectionsProblem }, ephemeral) {
    const assigned = ephemeral?.ports ?? PortSet.of([]);
    const inside = PortSet.of(ports).intersection(assigned);
    const isChosen = range !== 'auto' || inside.difference(PortSet.of(prefer)).size === 0;
    const refused = PortSet.of(transports.includes('stream') ? findBadPorts(ports) : []);
    return [
        recordProblem !== undefined &&
            `These ports are not reserved: ${recordProblem}. Other jobs may get them too.`,
        lookProblem !== undefined &&
            `Could not read other steps' ports (${lookProblem}), so this step may get the same ones.`,
        connectionsProblem !== undefined &&
            `Could not read TCP connections (${connectionsProblem}), so a server may find its port still in use.`,
        ephemeral?.assumed !== undefined &&
            (range === 'auto' || inside.size > 0) &&
            `Could not read the ephemeral range (${ephemeral.assumed}). Assumed the default, ${assigned}.`,
        inside.size > 0 &&
            `${inside.size > 1 ? `Ports ${inside} are` : `Port ${inside} is`} in this machine's ephemeral range ` +
                `(${assigned}): the OS may assign ${inside.size > 1 ? 'them' : 'it'} before your server binds ` +
                `${inside.size > 1 ? 'them' : 'it'}. ${isChosen ? 'Use another, or make' : 'Make'} that range smaller: ${help}`,
        refused.size > 0 &&
            `Browsers refuse to connect to port ${refused} (a "bad port" in the Fetch standard).`,
    ].filter((warning) => warning !== false);
}
/** The most preferred ports that notices explain. */
const maxNotices = 100;
/** Why preferred ports were not given, one line for each reason. */
function describeNotices(ports, { prefer, contiguous }, refusals) {
    const reasons = new Map();
    const given = contiguous ? ports.slice(0, 1) : ports;
    for (const first of findTried(prefer.slice(0, maxNotices), given)) {
        // Any port of a block may be the reason.
        for (let port = first; port < first + (contiguous ? ports.length : 1); port++) {
            const refusal = refusals.refusalOf(port);
            if (refusal === undefined)
                continue;
            const reason = describeRefusal(refusal);
            reasons.set(reason, [...(reasons.get(reason) ?? []), port]);
        }
    }
    const instead = contiguous || ports.length === 1 ? `; took ${PortSet.of(ports)} instead` : '';
    return [...reasons].map(([reason, refused]) => {
        const set = PortSet.of(refused);
        return `${set} ${set.size > 1 ? 'are' : 'is'} ${reason}${instead}`;
    });
}
/** The preferred ports that were tried: if there were enough, those before the last given one. */
function findTried(prefer, ports) {
    const isEnough = ports.every((port) => prefer.includes(port));
    return isEnough
        ? prefer.slice(0, prefer.findLastIndex((port) => ports.includes(port)))
        : prefer;
}

;// CONCATENATED MODULE: ./lib/search/os-choice.js



/**
 * Lets the OS choose, as CPython's find_unused_port does: binds port 0 and reads the port. The sockets stay open until
 * `close`, so no port comes twice. Those of ports that are no good are closed earlier if descriptors run out.
 */
class OsChoice {
    #request;
    #hosts;
    #reservations;
    /** By port. */
    #held = new Map();
    #passed = [];
    /** @param hosts one address for each family */
    constructor(request, hosts, reservations) {
        this.#request = request;
        this.#hosts = hosts;
        this.#reservations = reservations;
    }
    /** Claims ports that the OS chooses; undefined if it has none left. */
    source = async (wanted) => {
        const chosen = [];
        try {
            while (chosen.length < Math.min(wanted, this.#reservations.batchSize)) {
                const port = await this.#withDescriptors(() => this.#bindToZero());
                if (port === undefined)
                    break;
                chosen.push(port);
            }
        }
        catch (error) {
            if (codeOf(error) !== 'EADDRINUSE')
                throw error;
            if (chosen.length === 0)
                return undefined;
        }
        const { reserved, refused } = await this.#withDescriptors(() => this.#reservations.claim(chosen));
        for (const port of refused) {
            this.#passed.push(...(this.#held.get(port) ?? []));
            this.#held.delete(port);
        }
        // The last look needs descriptors.
        if (reserved.length === wanted)
            await this.#closePassed();
        return reserved;
    };
    async close() {
        await this.#closePassed();
        await closeAll([...this.#held.values()].flat());
    }
    /** Does something, again if it lacks descriptors and there are sockets that can be closed. */
    async #withDescriptors(action) {
        try {
            return await action();
        }
        catch (error) {
            if (!isOutOfFiles(error) || this.#passed.length === 0)
                throw error;
            await this.#closePassed();
            return action();
        }
    }
    #closePassed() {
        return closeAll(this.#passed.splice(0));
    }
    /** Lets the OS choose for the first socket, and binds the others to that port; undefined if it is not available. */
    async #bindToZero() {
        const { transports, exclude } = this.#request;
        const sockets = [];
        let port = 0;
        for (const transport of transports) {
            for (const host of this.#hosts) {
                const ipv6Only = this.#hosts.length > 1 && (0,external_node_net_namespaceObject.isIPv6)(host);
                try {
                    const socket = await bind(transport, { port, host, ipv6Only });
                    sockets.push(socket);
                    ({ port } = socket.address());
                }
                catch (error) {
                    const refusal = explainBindError(codeOf(error), process.platform);
                    if (port !== 0 && refusal === 'in use') {
                        this.#passed.push(...sockets);
                        return undefined;
                    }
                    await closeAll(sockets);
                    // No port that the OS chooses is for privileged processes alone.
                    if (refusal === 'not permitted')
                        throw unusableError(transport, host, error);
                    throw error;
                }
            }
        }
        if (exclude.has(port)) {
            this.#passed.push(...sockets);
            return undefined;
        }
        this.#held.set(port, sockets);
        return port;
    }
}

;// CONCATENATED MODULE: ./lib/search/pace.js
const defaultPace = {
    // `performance` and `node:timers/promises` would take longer to load than most searches take.
    now: () => process.uptime() * 1000,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    backoff: [25, 50, 100, 200, 400, 800, 1600],
    timeout: 10_000,
};
/** Decides when to give up. */
class Patience {
    #pace;
    #most = 0;
    #since;
    constructor(pace) {
        this.#pace = pace;
        this.#since = pace.now();
    }
    /**
     * Takes note of how many ports there are. Only a new maximum restarts the timer: two steps that take ports from each
     * other make no progress.
     */
    note(found) {
        if (found <= this.#most)
            return;
        this.#most = found;
        this.#since = this.#pace.now();
    }
    get isExhausted() {
        return this.#pace.now() - this.#since >= this.#pace.timeout;
    }
}

;// CONCATENATED MODULE: ./lib/search/shortage.js


/** Why a request can never be met; undefined if it can. */
function describeImpossibility(request, candidates) {
    if (isEnough(request, candidates))
        return undefined;
    const most = request.contiguous ? longestRun(candidates) : candidates.size;
    const left = most === 0 ? 'none' : `only ${most}`;
    const reason = request.exclude.size > 0
        ? `"exclude" leaves ${left} of`
        : `there ${most > 1 ? 'are' : 'is'} ${left} in`;
    return `Needed ${describeWish(request)}, but ${reason} ${describePlace(request)}`;
}
/** Whether a retry can help: ports in use or leased may become free. */
function canRetryHelp(request, candidates, refusals) {
    const forbidden = [...collectRefused(candidates, refusals)].filter(([, refusal]) => refusal === 'not permitted');
    return isEnough(request, candidates.difference(PortSet.of(forbidden.map(([port]) => port))));
}
/** How many ports were found, how many were needed, and why the others were refused. */
function describeShortage(request, candidates, refusals, { found, gaveUpAfter, bindBan }) {
    const { count, range, exclude, contiguous } = request;
    const refused = collectRefused(candidates, refusals);
    const free = candidates.difference(PortSet.of(refused.keys()));
    // If time ran out, longer runs may be free that were not tried.
    const most = contiguous ? Math.min(longestRun(free), count - 1) : found;
    const reasons = range === 'ephemeral'
        ? ['the OS gave no other port that is not excluded or taken']
        : countReasons(refused);
    if (typeof range === 'object') {
        const excluded = range.intersection(exclude).size;
        if (excluded > 0)
            reasons.push(`${excluded} excluded`);
    }
    const gaveUp = gaveUpAfter === undefined ? '' : `. Gave up after ${gaveUpAfter / 1000} s without another port`;
    const isBanned = bindBan !== undefined && [...refused.values()].includes('not permitted');
    const ban = isBanned
        ? `. This process may bind no port${range === 'auto' ? '' : ' there'}, nor let the OS choose one (${bindBan})`
        : '';
    return (`Needed ${describeWish(request)}, found ${contiguous && most > 0 ? 'at most ' : ''}` +
        `${most === 0 ? 'none' : most} in ${describePlace(request)}` +
        `${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}${gaveUp}${ban}`);
}
/** How many ports are refused for each reason. Names the three owners with the most of them. */
function countReasons(refused) {
    const counts = new Map();
    for (const refusal of refused.values()) {
        const reason = describeRefusal(refusal);
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    const taken = [...counts]
        .filter(([reason]) => reason !== 'in use' && reason !== 'not permitted')
        .sort(([, one], [, other]) => other - one);
    const others = taken.slice(3).reduce((sum, [, count]) => sum + count, 0);
    return [
        ['in use', counts.get('in use') ?? 0],
        ...taken.slice(0, 3),
        ['taken by others', others],
        [describeForbidden(refused), counts.get('not permitted') ?? 0],
    ]
        .filter(([, count]) => count > 0)
        .map(([reason, count]) => `${count} ${reason}`);
}
function describeForbidden(refused) {
    const isPrivileged = [...refused].some(([port, why]) => why === 'not permitted' && port < 1024);
    return isPrivileged
        ? 'that this user may not bind (ports below 1024 need privileges)'
        : 'that this process may not bind';
}
/** The refused ports, each with its reason. */
function collectRefused(candidates, refusals) {
    const refused = new Map();
    for (const port of candidates) {
        const refusal = refusals.refusalOf(port);
        if (refusal !== undefined)
            refused.set(port, refusal);
    }
    return refused;
}
function isEnough({ count, contiguous }, candidates) {
    return (contiguous ? longestRun(candidates) : candidates.size) >= count;
}
function longestRun({ ranges }) {
    return ranges.reduce((most, { first, last }) => Math.max(most, last - first + 1), 0);
}
function describeWish({ count, contiguous }) {
    return `${count} port${count > 1 ? 's' : ''}${contiguous ? ' in a row' : ''}`;
}
function describePlace({ range, prefer }) {
    const text = typeof range === 'object'
        ? shorten(`${range}`)
        : { auto: '"range": auto', ephemeral: 'the ephemeral range' }[range];
    const isBeside = prefer.some((port) => typeof range !== 'object' || !range.has(port));
    return isBeside ? `${text} and "prefer"` : text;
}
function shorten(text) {
    return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}

;// CONCATENATED MODULE: ./lib/search/allocate.js













/**
 * Finds unused ports and leases them.
 *
 * @param debug receives debug details
 * @throws Error if there are not enough; then nothing is leased
 */
async function allocate(request, leases, debug, pace = defaultPace) {
    const { count, transports, family, host, range } = request;
    // On macOS and Windows this starts processes; they run during the look-up. On Windows they are slow, so only `auto`
    // starts them.
    const isNeeded = range === 'auto' || (range !== 'ephemeral' && process.platform !== 'win32');
    const reading = isNeeded ? ephemeralRange(transports) : undefined;
    const hosts = await resolveHosts(family, host);
    const ephemeral = await reading;
    if (ephemeral !== undefined) {
        debug?.(`The ephemeral range is ${ephemeral.ports} (${ephemeral.source}).`);
    }
    const sets = candidateSets(request, ephemeral?.ports ?? PortSet.of([]));
    const candidates = allCandidates(request, sets);
    const impossibility = describeImpossibility(request, candidates);
    if (impossibility !== undefined)
        throw new Error(impossibility);
    const reservations = new Reservations(leases, probeTarget(transports, hosts), debug);
    reservations.beginRound();
    debug?.(leases.summary);
    const patience = new Patience(pace);
    for (let round = 0;; round++) {
        const ports = await search({ request, sets, hosts }, reservations, patience);
        if (ports.length === count) {
            const { recordProblem, lookProblem } = leases;
            const { connectionsProblem } = reservations;
            return {
                ports,
                warnings: describeWarnings(ports, request, { recordProblem, lookProblem, connectionsProblem }, ephemeral),
                notices: describeNotices(ports, request, reservations),
            };
        }
        // Give everything back first: two steps that hold on could wait for each other.
        reservations.release();
        const delay = canRetryHelp(request, candidates, reservations) ? pace.backoff[round] : undefined;
        // Steps that wait for each other's ports should not try again at the same time.
        if (delay !== undefined && !patience.isExhausted) {
            await pace.sleep(delay * (0.5 + Math.random()));
        }
        if (delay === undefined || patience.isExhausted) {
            const gaveUpAfter = patience.isExhausted ? pace.timeout : undefined;
            const bindBan = ports.length === 0 ? await findBindBan(transports) : undefined;
            const result = { found: ports.length, gaveUpAfter, bindBan };
            throw new Error(describeShortage(request, candidates, reservations, result));
        }
        reservations.beginRound();
    }
}
/** One round of the search. Returns fewer ports than requested if it does not find all. */
async function search({ request, sets, hosts }, reservations, patience) {
    const { count, prefer, exclude } = request;
    if (request.contiguous) {
        const runs = runsForBlocks(prefer, sets, exclude, count);
        return findBlock(count, runs, reservations, patience);
    }
    const candidates = candidateSource(orderCandidates(prefer, sets), reservations);
    if (request.range !== 'ephemeral')
        return findEach(count, candidates, reservations, patience);
    const osChoice = new OsChoice(request, hosts, reservations);
    try {
        const source = async (wanted) => (await candidates(wanted)) ?? (await osChoice.source(wanted));
        return await findEach(count, source, reservations, patience);
    }
    finally {
        await osChoice.close();
    }
}

;// CONCATENATED MODULE: ./lib/main.js







/** Runs the step: reads inputs, finds ports, writes outputs. Never throws: any error fails the step. */
async function run() {
    let leases;
    const fail = (error) => {
        leases?.release();
        reportFailure(error);
    };
    const reportEarlyEnd = () => fail(new Error('The step ended before it had found ports'));
    // A closed stdout must not fail the step. writeResult checks stdout when the ports go there.
    process.stdout.on('error', () => { });
    // If the event loop runs empty, nothing else reports it.
    process.once('exit', reportEarlyEnd);
    try {
        const { request, naming } = readInputs();
        leases = new Leases(describeOwner());
        const allocation = await allocate(request, leases, debugLog());
        leases.checkParent();
        await writeResult(allocation, naming);
    }
    catch (error) {
        fail(explainError(error));
    }
    process.off('exit', reportEarlyEnd);
}

;// CONCATENATED MODULE: ./lib/index.js

void run();

module.exports = __webpack_exports__;
/******/ })()
;