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
		} else {
			merged.push({ first, last });
		}
	}
	return merged;
}
function setOf(ports) {
	return portSet(ports.map((port) => ({ first: port, last: port })));
}
function subtract(set, others) {
	const rest = [];
	let i = 0;
	for (const { first, last } of set) {
		let from = first;
		for (let other = others[i]; other !== undefined && other.first <= last; other = others[++i]) {
			if (other.first > from) rest.push({ first: from, last: other.first - 1 });
			from = Math.max(from, other.last + 1);
			if (other.last > last) break;
		}
		if (from <= last) rest.push({ first: from, last });
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
	let [low, high] = [0, set.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		const { first, last } = set[middle];
		if (port < first) high = middle;
		else if (port > last) low = middle + 1;
		else return true;
	}
	return false;
}
function* numbers(ranges) {
	let seen = [];
	for (const range of ranges) {
		for (const { first, last } of subtract([range], seen)) {
			for (let port = first; port <= last; port++) yield port;
		}
		seen = portSet([...seen, range]);
	}
}
function format(set) {
	return set.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
const mostItems = 1000;
function parsePorts(text) {
	const items = splitList(text.replace(/(\d)\s*-\s*(?=\d)/g, '$1-'));
	if (items.length > mostItems) {
		throw new Error(`a list of ${items.length} items is too long: it takes ${mostItems} at most. Write consecutive ports as a range`);
	}
	const missing = missingItem(items);
	if (missing !== undefined) throw new Error(missing);
	return items.map((item) => {
		const range = parseRange(item);
		if (range === undefined || Math.min(range.first, range.last) < 1) {
			throw new Error(`${quoted(item)} is not a port from 1 to 65535 or a range of them such as 20000-20999`);
		}
		if (range.first > range.last) {
			throw new Error(`${quoted(item)} runs backwards: write ${range.last}-${range.first}`);
		}
		return range;
	});
}
function parseRange(text) {
	const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
	const range = { first: Number(first), last: Number(last) };
	return Math.max(range.first, range.last) <= 65535 ? range : undefined;
}
function splitList(text) {
	const trimmed = text.trim();
	return trimmed === '' ? [] : trimmed.split(/\s*,\s*|\s+/);
}
function missingItem(items) {
	const place = items.indexOf('');
	if (place < 0) return undefined;
	const [before, after] = [items[place - 1], items[place + 1]];
	if (place === 0) return `${quoted(`,${after}`)} starts with a comma`;
	if (place === items.length - 1) return `${quoted(`${before},`)} ends in a comma`;
	return `${quoted(`${before},,${after}`)} has two commas in a row`;
}
function quoted(item) {
	return `"${item.length > 100 ? `${item.slice(0, 100)}…` : item}"`;
}

;// CONCATENATED MODULE: ./lib/action/names.js

const protocols = new Map([
	['tcp', 'stream'],
	['udp', 'dgram'],
	['both', 'both']
]);
function parseNames(text, defaultType, envPrefix) {
	const items = splitList(text);
	if (items.length > 1000) {
		throw new Error(`${items.length} names are too many: 1000 at most are possible`);
	}
	const missing = missingItem(items);
	if (missing !== undefined) throw new Error(missing);
	const named = items.map((item) => parseName(item, defaultType));
	const names = named.map(({ name }) => name);
	refuseClashes(names, 'output', (name) => name.toLowerCase());
	refuseClashes(names, 'variable', (name) => variableName(name, envPrefix));
	return named;
}
function parseName(item, defaultType) {
	const [name = '', protocol, ...rest] = item.split('/');
	const type = protocol === undefined ? defaultType : protocols.get(protocol.toLowerCase());
	if (type === undefined || rest.length > 0) {
		throw new Error(`"${item}" is not name/tcp, name/udp or name/both`);
	}
	if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
		throw new Error(`"${item}" is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most`);
	}
	if (/^ports?$/i.test(name)) {
		throw new Error(`"${item}" is taken by an output that is always there`);
	}
	return { name, type };
}
function refuseClashes(names, kind, keyOf) {
	const seen = new Map();
	for (const name of names) {
		const key = keyOf(name);
		const other = seen.get(key);
		if (other === name) throw new Error(`"${name}" is given twice`);
		if (other !== undefined) {
			throw new Error(`"${other}" and "${name}" give the same ${kind}, ${key}`);
		}
		seen.set(key, name);
	}
}
function variableName(name, envPrefix) {
	const isVariable = /[_-]port$/i.test(name) || name.endsWith('PORT');
	return `${envPrefix}${name.toUpperCase().replaceAll('-', '_')}${isVariable ? '' : '_PORT'}`;
}
function outputsOf(ports, { names }) {
	return [['port', `${ports[0]}`], ['ports', JSON.stringify(ports)], ...names.map((name, i) => [name, `${ports[i]}`])];
}
function variablesOf(ports, naming) {
	const { names, exportEnv, envPrefix } = naming;
	if (!exportEnv) return [];
	const each = ports.map((port, i) => [variableOf(i, ports.length, naming), `${port}`]);
	if (names.length > 0) return each;
	return [[`${envPrefix}PORT`, `${ports[0]}`], [`${envPrefix}PORTS`, ports.join(' ')], ...(ports.length > 1 ? each : [])];
}
function linesOf(ports, naming) {
	return ports.map((port, i) => {
		const name = naming.names[i];
		const variable = naming.exportEnv ? ` (${variableOf(i, ports.length, naming)})` : '';
		return `${name === undefined ? '' : `${name}: `}${port}${variable}`;
	});
}
function variableOf(index, count, { names, envPrefix }) {
	const name = names[index];
	if (name !== undefined) return variableName(name, envPrefix);
	return `${envPrefix}PORT${count > 1 ? `_${index + 1}` : ''}`;
}

;// CONCATENATED MODULE: ./lib/action/inputs.js




const families = { ipv4: 'ipv4 af_inet inet 4', ipv6: 'ipv6 af_inet6 inet6 6', both: 'both' };
const types = { stream: 'stream tcp sock_stream', dgram: 'dgram udp sock_dgram', both: 'both' };
const booleans = { true: 'true', false: 'false' };
function readInputs() {
	const type = keyword('type', types) ?? 'stream';
	const envPrefix = readEnvPrefix();
	const names = parsed('names', (text) => parseNames(text, type, envPrefix));
	const count = readCount(names.length);
	const host = getInput('host') || undefined;
	const range = readRange();
	const contiguous = keyword('contiguous', booleans) === 'true';
	if (contiguous && range === 'ephemeral') {
		throw refused('contiguous', 'true', 'is not possible with "range": ephemeral');
	}
	const exclude = portSet(parsed('exclude', parsePorts));
	return {
		request: {
			types: names.length > 0 ? names.map((name) => name.type) : Array(count).fill(type),
			family: readFamily(host),
			host,
			range,
			exclude,
			prefer: [...numbers(parsed('prefer', parsePorts))].filter((port) => !contains(exclude, port)),
			contiguous
		},
		naming: {
			names: names.map(({ name }) => name),
			exportEnv: keyword('export-env', booleans) !== 'false',
			envPrefix
		}
	};
}
function readCount(named) {
	const text = getInput('count') || `${named || 1}`;
	const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
	if (count < 1 || count > 1000) throw refused('count', text, 'is not a whole number from 1 to 1000');
	if (named > 0 && named !== count) {
		const names = named === 1 ? '1 name' : `${named} names`;
		throw new Error(`Input "count" is ${count} but "names" has ${names}: remove "count"`);
	}
	return count;
}
function readFamily(host) {
	const family = keyword('family', families);
	const version = host === undefined ? 0 : (0,external_node_net_namespaceObject.isIP)(host);
	if (version === 0) return family ?? 'ipv4';
	const ofHost = version === 4 ? 'ipv4' : 'ipv6';
	if (family !== undefined && family !== ofHost) {
		throw refused('host', `${host}`, `is an ${ofHost} address, but "family" is ${family}`);
	}
	return ofHost;
}
function readRange() {
	const text = getInput('range');
	const word = text.toLowerCase() || 'auto';
	if (word === 'auto' || word === 'ephemeral') return word;
	if (/^[a-z]+$/.test(word)) throw refused('range', text, 'is not auto, ephemeral or a list of ports');
	const items = splitList(word);
	const alone = items.find((item) => item === 'auto' || item === 'ephemeral');
	if (alone !== undefined && !items.includes('')) {
		throw refused('range', text, `is not possible: ${alone} stands alone`);
	}
	return portSet(parsed('range', parsePorts));
}
function readEnvPrefix() {
	const prefix = getInput('env-prefix');
	if (prefix.length > 100) {
		throw new Error(`Input "env-prefix": ${prefix.length} characters are too many: 100 at most`);
	}
	if (!/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix)) {
		throw refused('env-prefix', prefix, 'cannot start a variable name: it takes a letter or _, then letters, digits and _');
	}
	return prefix;
}
function parsed(input, parse) {
	try {
		return parse(getInput(input));
	} catch (error) {
		throw new Error(`Input "${input}": ${error.message}`);
	}
}
function keyword(input, words) {
	const text = getInput(input);
	if (text === '') return undefined;
	const values = Object.keys(words);
	const value = values.find((name) => words[name].split(' ').includes(text.toLowerCase()));
	if (value === undefined) {
		throw refused(input, text, `is not one of ${Object.values(words).join(' ').replaceAll(' ', ', ')}`);
	}
	return value;
}
function refused(input, value, reason) {
	return new Error(`Input "${input}": "${value}" ${reason}`);
}

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = require("node:util");
;// CONCATENATED MODULE: ./lib/action/log.js


function log(lines) {
	info(lines.map((line) => oneLine(line).replaceAll('##[', '## [')).join('\n'));
}
function warn(message) {
	warning(oneLine(message));
}
function debugLog() {
	return isDebug() ? debug : undefined;
}
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
function codeOf(error) {
	return error?.code;
}
function isOutOfFiles(error) {
	const code = codeOf(error);
	return code === 'EMFILE' || code === 'ENFILE';
}
function inWords(error) {
	if (!isOutOfFiles(error)) return error;
	const code = codeOf(error);
	const message =
		code === 'EMFILE'
			? 'This process has no file descriptors left: raise the limit (ulimit -n)'
			: 'This machine has no file descriptors left: close programs that hold many, or raise its limit';
	return Object.assign(new Error(`${message} (${code})`, { cause: error }), { code });
}

;// CONCATENATED MODULE: ./lib/action/outputs.js






async function writeResult(allocation, naming) {
	const { ports, notices, warnings } = allocation;
	const outputs = outputsOf(ports, naming);
	if (process.env.GITHUB_OUTPUT) {
		const variables = variablesOf(ports, naming);
		allOrNothing([
			{ file: 'GITHUB_OUTPUT', pairs: outputs, set: setOutput },
			...(variables.length > 0 ? [{ file: 'GITHUB_ENV', pairs: variables, set: exportVariable }] : [])
		]);
		log([...linesOf(ports, naming), ...notices]);
	} else {
		await print(outputs);
	}
	for (const message of warnings) warn(message);
}
function allOrNothing(changes) {
	const files = changes.map(({ file }) => writing(file, (path) => ({ path, size: (0,external_node_fs_namespaceObject.statSync)(path).size })));
	try {
		for (const { file, pairs, set } of changes) {
			writing(file, () => {
				for (const [name, value] of pairs) set(name, value);
			});
		}
	} catch (error) {
		for (const { path, size } of files) {
			if ((0,external_node_fs_namespaceObject.statSync)(path).size > size) (0,external_node_fs_namespaceObject.truncateSync)(path, size);
		}
		throw error;
	}
}
function writing(file, write) {
	const path = process.env[file];
	if (!path) {
		throw new Error(`${file} is not set: set the input "export-env" to false to have outputs only`);
	}
	try {
		return write(path);
	} catch (error) {
		throw new Error(`The runner's file ${file} cannot be written: ${path} (${codeOf(error)})`, {
			cause: error
		});
	}
}
async function print(outputs) {
	const text = outputs.map(([name, value]) => `${name}=${value}\n`).join('');
	try {
		if (isNullDevice(process.stdout.fd)) throw new Error('it is closed, or the null device');
		await new Promise((resolve, reject) => {
			process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
		});
	} catch (error) {
		const reason = `standard output cannot be written (${error.message})`;
		console.error(`Error: ${reason}`);
		throw new Error(reason, { cause: error });
	}
}
function isNullDevice(fd) {
	try {
		const { rdev } = (0,external_node_fs_namespaceObject.fstatSync)(fd);
		return rdev !== 0 && rdev === (0,external_node_fs_namespaceObject.statSync)(external_node_os_namespaceObject.devNull).rdev;
	} catch {
		return false;
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
	if (!process.env.GITHUB_REPOSITORY) return 'a step outside of a runner';
	const { owner, repo } = context.repo;
	return `${owner}/${repo}, run ${context.runId}, job ${context.job}`;
}

;// CONCATENATED MODULE: ./lib/leases/job.js


const leaseTtlSeconds = 6 * 60 * 60;
function currentJob() {
	const pid = process.ppid;
	const temp = process.env.RUNNER_TEMP ?? '';
	return {
		pid,
		started: processStatus(pid)?.started ?? '',
		pidNamespace: namespace('pid'),
		mountNamespace: namespace('mnt'),
		bootId: orEmpty(() => (0,external_node_fs_namespaceObject.readFileSync)('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
		acquiredAt: process.hrtime()[0],
		temp: isGone(temp) ? '' : temp
	};
}
function stateOf(job, here, trusted, now = process.hrtime()[0]) {
	const bootsKnown = job.bootId !== '' && here.bootId !== '';
	if (bootsKnown && job.bootId !== here.bootId) return 'ended';
	if (trusted && sharesNamespace(job.mountNamespace, here.mountNamespace) && isGone(job.temp)) {
		return 'ended';
	}
	if (job.pid > 0 && sharesNamespace(job.pidNamespace, here.pidNamespace)) {
		if (!processExists(job.pid)) return 'ended';
		const status = processStatus(job.pid);
		if (status?.ended) return 'ended';
		if (bootsKnown && job.started !== '' && status !== undefined) {
			return status.started === job.started ? 'living' : 'ended';
		}
	}
	const age = now - job.acquiredAt;
	return age >= 0 && age <= leaseTtlSeconds ? 'living' : 'forgotten';
}
function parseJob(value) {
	const job = value ?? {};
	const texts = ['started', 'pidNamespace', 'mountNamespace', 'bootId', 'temp'];
	const isJob = texts.every((name) => typeof job[name] === 'string') && Number.isSafeInteger(job.pid) && Number.isSafeInteger(job.acquiredAt);
	return isJob ? job : undefined;
}
function parseProcessStatus(stat) {
	const { 0: state, 19: started } = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return started === undefined ? undefined : { started, ended: state === 'Z' || state === 'X' };
}
function processStatus(pid) {
	return parseProcessStatus(orEmpty(() => (0,external_node_fs_namespaceObject.readFileSync)(`/proc/${pid}/stat`, 'latin1')));
}
function processExists(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) !== 'ESRCH';
	}
}
function isGone(path) {
	if (path === '') return false;
	try {
		return (0,external_node_fs_namespaceObject.lstatSync)(path, { throwIfNoEntry: false }) === undefined;
	} catch {
		return false;
	}
}
function namespace(kind) {
	if (process.platform !== 'linux') return process.platform;
	return orEmpty(() => (0,external_node_fs_namespaceObject.readlinkSync)(`/proc/self/ns/${kind}`));
}
function sharesNamespace(one, other) {
	return one !== '' && one === other;
}
function orEmpty(read) {
	try {
		return read();
	} catch {
		return '';
	}
}

;// CONCATENATED MODULE: ./lib/leases/record.js


const safeOpenFlags = external_node_fs_namespaceObject.constants.O_RDONLY | external_node_fs_namespaceObject.constants.O_NOFOLLOW | external_node_fs_namespaceObject.constants.O_NONBLOCK;
const buffer = Buffer.alloc(64 * 1024);
function headerLine(job, owner) {
	return `${JSON.stringify({ ...job, owner: printable(owner) })}\n`;
}
function claimLines(ports) {
	return ports.map((port) => `${port}\n`).join('');
}
function withdrawalLines(ports) {
	return ports.map((port) => `-${port}\n`).join('');
}
class ReadRecord {
	job;
	owner = '';
	ports = new Set();
	bytes = 0;
	#path;
	#hasHeader = false;
	#rest = '';
	constructor(path) {
		this.#path = path;
	}
	read(limit) {
		const fd = (0,external_node_fs_namespaceObject.openSync)(this.#path, safeOpenFlags);
		try {
			for (let left = limit; left > 0; ) {
				const count = (0,external_node_fs_namespaceObject.readSync)(fd, buffer, 0, Math.min(left, buffer.length), this.bytes);
				if (count === 0) break;
				this.bytes += count;
				left -= count;
				this.#parse(buffer.toString('latin1', 0, count));
			}
		} finally {
			(0,external_node_fs_namespaceObject.closeSync)(fd);
		}
	}
	#parse(text) {
		const lines = (this.#rest + text).split('\n');
		this.#rest = lines.pop();
		if (!this.#hasHeader && lines.length > 0) {
			this.#hasHeader = true;
			this.#parseHeader(Buffer.from(lines.shift(), 'latin1').toString());
		}
		for (const line of lines) {
			const [, sign, digits] = /^(-?)(\d{1,5})$/.exec(line) ?? [];
			if (digits === undefined) continue;
			if (sign === '-') this.ports.delete(Number(digits));
			else this.ports.add(Number(digits));
		}
	}
	#parseHeader(line) {
		try {
			const value = JSON.parse(line);
			this.job = parseJob(value);
			this.owner = printable(`${value.owner}`);
		} catch {}
	}
}
function printable(text) {
	return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}

;// CONCATENATED MODULE: ./lib/leases/users.js


const prefix = 'find-unused-port-';
const maxNeighbours = 100;
function sharedDirectory(platform, environment) {
	return platform === 'win32' ? environment.ProgramData || 'C:\\ProgramData' : '/tmp';
}
function ownDirectory(root) {
	const uid = process.getuid?.();
	const user = uid === undefined ? (0,external_node_os_namespaceObject.userInfo)().username.toLowerCase() : uidMap().outer(uid);
	return `${root}/${prefix}${user}`;
}
function neighbours(root, own) {
	const hasUids = process.getuid !== undefined;
	const { inner } = uidMap();
	const users = (0,external_node_fs_namespaceObject.readdirSync)(root)
		.filter((name) => name.startsWith(prefix) && `${root}/${name}` !== own)
		.map((name) => name.slice(prefix.length))
		.filter((user) => !hasUids || /^(0|[1-9]\d{0,9})$/.test(user));
	users.sort((one, other) => Number(one) - Number(other));
	const found = [];
	for (const user of users) {
		if (found.length === maxNeighbours) break;
		const path = `${root}/${prefix}${user}`;
		const status = statusOf(path);
		if (!status?.isDirectory()) continue;
		if (!hasUids || status.uid === inner(Number(user))) found.push(path);
	}
	return found;
}
function statusOf(path) {
	try {
		return (0,external_node_fs_namespaceObject.lstatSync)(path);
	} catch {
		return undefined;
	}
}
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
			if (range !== undefined) return uid - range.outside + range.here;
			return ranges.length === 0 ? uid : 65_534;
		}
	};
}
function uidMap() {
	try {
		return parseUidMap((0,external_node_fs_namespaceObject.readFileSync)('/proc/self/uid_map', 'latin1'));
	} catch {
		return parseUidMap('');
	}
}

;// CONCATENATED MODULE: ./lib/leases/directory.js





const maxNames = 1000;
const maxBytes = 1024 * 1024;
const keptMilliseconds = 5 * 24 * 60 * 60 * 1000;
class Directory {
	#path;
	#own;
	#here;
	#records = new Map();
	#living = new Set();
	#bytes = 0;
	constructor(path, own, here) {
		this.#path = path;
		this.#own = own;
		this.#here = here;
	}
	get living() {
		return this.#living;
	}
	look(except, judgeAgain) {
		const names = (0,external_node_fs_namespaceObject.readdirSync)(this.#path).slice(0, this.#own ? undefined : maxNames);
		const before = this.#records;
		const lived = judgeAgain ? undefined : this.#living;
		this.#records = new Map();
		this.#living = new Set();
		let hasChanged = judgeAgain;
		for (const name of names) {
			const path = `${this.#path}/${name}`;
			if (path === except || !/^\d+-[a-z0-9]+$/.test(name)) continue;
			const status = statusOf(path);
			if (!status?.isFile()) continue;
			const record = before.get(path) ?? new ReadRecord(path);
			this.#records.set(path, record);
			if (status.size > record.bytes && this.#read(record) > 0) hasChanged = true;
			if (lived?.has(record)) this.#living.add(record);
			else this.#judge(record, path, Date.now() - status.mtimeMs);
		}
		return hasChanged;
	}
	#read(record) {
		const before = record.bytes;
		try {
			record.read(this.#own ? Number.POSITIVE_INFINITY : maxBytes - this.#bytes);
		} catch (error) {
			if (isOutOfFiles(error)) throw error;
		}
		const count = record.bytes - before;
		this.#bytes += count;
		return count;
	}
	#judge(record, path, milliseconds) {
		const state = record.job && stateOf(record.job, this.#here, this.#own);
		if (state === 'living') this.#living.add(record);
		else if (this.#own && (state === 'ended' || milliseconds > keptMilliseconds)) remove(path);
	}
}
function remove(path) {
	try {
		(0,external_node_fs_namespaceObject.rmSync)(path);
	} catch {}
}

;// CONCATENATED MODULE: ./lib/leases/leases.js






const maxRecordBytes = 256 * 1024;
class Leases {
	recordProblem;
	lookProblem;
	#root;
	#here = currentJob();
	#header;
	#own;
	#file;
	#bytes = 0;
	#directories = new Map();
	#owners = new Map();
	constructor(owner, root = sharedDirectory(process.platform, process.env)) {
		this.#root = root;
		this.#header = headerLine(this.#here, owner);
		this.#record(() => {
			const own = ownDirectory(root);
			prepare(own);
			this.#own = own;
		});
	}
	get summary() {
		return `Leases are in ${this.#own ?? this.#root}: others have ${this.#owners.size} ports.`;
	}
	ownerOf(port) {
		return this.#owners.get(port);
	}
	look() {
		this.#look(() => {
			if (this.#own !== undefined) this.#lookInto(this.#own, true);
		});
		this.#look(() => {
			for (const path of neighbours(this.#root, this.#own)) {
				try {
					this.#lookInto(path, true);
				} catch (error) {
					if (isOutOfFiles(error)) throw error;
				}
			}
		});
		this.#collectOwners();
		this.#record(() => {
			if (this.#file !== undefined) (0,external_node_fs_namespaceObject.lstatSync)(this.#file);
		});
	}
	claim(ports) {
		this.#look(() => {
			if (this.#own !== undefined && this.#lookInto(this.#own, false)) this.#collectOwners();
		});
		const free = ports.filter((port) => !this.#owners.has(port));
		if (free.length > 0) this.#record(() => this.#append(claimLines(free)));
	}
	withdraw(ports) {
		if (ports.length > 0) this.#record(() => this.#append(withdrawalLines(ports)));
	}
	release() {
		if (this.#file === undefined) return;
		try {
			(0,external_node_fs_namespaceObject.rmSync)(this.#file, { force: true });
			this.#file = undefined;
			this.#bytes = 0;
		} catch {}
	}
	#lookInto(path, judgeAgain) {
		const directory = this.#directories.get(path) ?? new Directory(path, path === this.#own, this.#here);
		this.#directories.set(path, directory);
		return directory.look(this.#file, judgeAgain);
	}
	#collectOwners() {
		const owners = new Map();
		for (const { living } of this.#directories.values()) {
			for (const { ports, owner } of living) for (const port of ports) owners.set(port, owner);
		}
		this.#owners = owners;
	}
	#append(text) {
		const first = this.#file === undefined;
		const lines = first ? this.#header + text : text;
		if (this.#bytes + lines.length > maxRecordBytes) throw new Error('the record is full');
		const file = this.#file ?? `${this.#own}/${process.pid}-${Math.random().toString(36).slice(2)}`;
		const flags = first ? external_node_fs_namespaceObject.constants.O_CREAT | external_node_fs_namespaceObject.constants.O_EXCL : 0;
		const fd = (0,external_node_fs_namespaceObject.openSync)(file, external_node_fs_namespaceObject.constants.O_WRONLY | external_node_fs_namespaceObject.constants.O_APPEND | flags, 0o644);
		this.#file = file;
		try {
			(0,external_node_fs_namespaceObject.fchmodSync)(fd, 0o644);
			const bytes = Buffer.from(lines);
			if ((0,external_node_fs_namespaceObject.writeSync)(fd, bytes) < bytes.length) throw new Error(`${file} cannot grow`);
			this.#bytes += bytes.length;
		} finally {
			(0,external_node_fs_namespaceObject.closeSync)(fd);
		}
	}
	#record(action) {
		if (this.recordProblem !== undefined) return;
		this.recordProblem = problemOf(action);
	}
	#look(action) {
		this.lookProblem = problemOf(action) ?? this.lookProblem;
	}
}
function problemOf(action) {
	try {
		action();
		return undefined;
	} catch (error) {
		if (isOutOfFiles(error)) throw error;
		return String(error);
	}
}
function prepare(directory) {
	try {
		(0,external_node_fs_namespaceObject.mkdirSync)(directory, 0o755);
	} catch (error) {
		if (codeOf(error) !== 'EEXIST') throw error;
	}
	const status = (0,external_node_fs_namespaceObject.lstatSync)(directory);
	if (!status.isDirectory() || status.uid !== (process.getuid?.() ?? status.uid)) {
		throw new Error(`${directory} is not a directory of this user's`);
	}
	(0,external_node_fs_namespaceObject.chmodSync)(directory, 0o755);
}

;// CONCATENATED MODULE: ./lib/request.js
function transportsOf(type) {
	return type === 'both' ? ['stream', 'dgram'] : [type];
}

;// CONCATENATED MODULE: ./lib/system/ephemeral-range.js



async function ephemeralRange(transports, { commands, patience = 3000, directory = '/proc/sys/net/ipv4' } = {}) {
	const { platform, env } = process;
	if (platform === 'linux') return readLinuxRange(directory);
	const asked = commands ?? rangeCommands(platform, transports, env);
	const problems = [];
	const answers = asked.map(async (command) => {
		try {
			return [printedRange(platform, await output(command, patience))];
		} catch (error) {
			problems.push(`${nameOf(command)}: ${ephemeral_range_oneLine(error)}`);
			return defaultRange(platform);
		}
	});
	const ports = portSet((await Promise.all(answers)).flat());
	const source = platform === 'win32' ? 'netsh' : 'sysctl net.inet.ip.portrange';
	return problems.length === 0 ? { ports, source } : { ports, source, assumed: problems.sort().join('; ') };
}
function linuxRange(range, reserved) {
	const bounds = parseRange(range.trim().replace('\t', '-'));
	if (bounds === undefined || bounds.first > bounds.last) {
		throw new Error(`ip_local_port_range holds ${JSON.stringify(range)}`);
	}
	const items = reserved.trim().split(',').map(parseRange);
	return subtract([bounds], portSet(items.filter((item) => item !== undefined)));
}
function rangeCommands(platform, transports, environment) {
	if (platform !== 'win32') {
		const name = 'net.inet.ip.portrange';
		return [['/usr/sbin/sysctl', '-n', `${name}.first`, `${name}.last`]];
	}
	const netsh = `${environment.SystemRoot || 'C:\\Windows'}\\System32\\netsh.exe`;
	return transports.flatMap((transport) => {
		const protocol = transport === 'stream' ? 'tcp' : 'udp';
		return ['ipv4', 'ipv6'].map((family) => [netsh, 'int', family, 'show', 'dynamicport', protocol]);
	});
}
function printedRange(platform, text) {
	const found = text.match(/(?<![\w.-])\d+(?=[^\S\n]*$)/gm) ?? [];
	const [first = 0, second = 0] = found.slice(-2).map(Number);
	const last = platform === 'win32' ? first + second - 1 : second;
	const [lowest, fewest] = platform === 'win32' ? [1024, 255] : [1, 1];
	if (first < lowest || size([{ first, last }]) < fewest || last > 65535) {
		throw new Error(`no range of ports in ${JSON.stringify(text)}`);
	}
	return { first, last };
}
function defaultRange(platform) {
	return platform === 'linux' ? [{ first: 32768, last: 60999 }] : [{ first: 49152, last: 65535 }];
}
function readLinuxRange(directory) {
	const source = `${directory}/ip_local_port_range`;
	const reserved = `${directory}/ip_local_reserved_ports`;
	try {
		return {
			ports: linuxRange(readWhole(source), (0,external_node_fs_namespaceObject.existsSync)(reserved) ? readWhole(reserved) : ''),
			source
		};
	} catch (error) {
		return { ports: defaultRange('linux'), source, assumed: ephemeral_range_oneLine(error) };
	}
}
function readWhole(file) {
	const descriptor = (0,external_node_fs_namespaceObject.openSync)(file, 'r');
	try {
		const buffer = Buffer.alloc(32_768 * 6);
		return buffer.toString('latin1', 0, (0,external_node_fs_namespaceObject.readSync)(descriptor, buffer));
	} finally {
		(0,external_node_fs_namespaceObject.closeSync)(descriptor);
	}
}
function output([file, ...args], timeout) {
	const { execFile } = process.getBuiltinModule('node:child_process');
	return new Promise((resolve, reject) => {
		execFile(file, args, { timeout, killSignal: 'SIGKILL' }, (error, stdout) => {
			if (error === null) resolve(stdout);
			else if (error.killed) reject(new Error(`no answer within ${timeout / 1000} s`));
			else reject(error);
		});
	});
}
function nameOf([file, ...args]) {
	return [file.replace(/.*[\\/]/, ''), ...args].join(' ');
}
function ephemeral_range_oneLine(error) {
	return inWords(error).message.replace(/\s+/g, ' ').slice(0, 200);
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
		} else {
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
	if (code === 'EADDRINUSE') return 'in use';
	if (code !== 'EACCES' && code !== 'EPERM') return undefined;
	return platform === 'win32' ? 'in use' : 'not permitted';
}
function isAbsent(code) {
	return absent.includes(code);
}
const absent = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EINVAL', 'ENODEV', 'ENXIO', 'ENOTFOUND'];

;// CONCATENATED MODULE: ./lib/system/hosts.js



async function resolveHosts(family, host) {
	if (host === undefined) {
		if (family !== 'ipv4') requireIpv6(await bindError('::1'));
		return { ipv4: ['0.0.0.0'], ipv6: ['::'], both: ['0.0.0.0', '::'] }[family];
	}
	const addresses = [];
	for (const version of { ipv4: [4], ipv6: [6], both: [4, 6] }[family]) {
		const address = await lookUp(host, version);
		const error = await bindError(address);
		if (error !== undefined) {
			const code = codeOf(error);
			const reason = isAbsent(code) ? `this machine has no address ${address}` : `${address} cannot be bound`;
			throw new Error(`Input "host": "${host}", but ${reason} (${code})`, { cause: error });
		}
		addresses.push(address);
	}
	return addresses;
}
function hasIpv6Address(interfaces = (0,external_node_os_namespaceObject.networkInterfaces)()) {
	return Object.values(interfaces).some((infos) => infos?.some(({ family }) => family === 'IPv6'));
}
function requireIpv6(error, hasAddress = hasIpv6Address) {
	if (error === undefined || (isAbsent(codeOf(error)) && hasAddress())) return;
	const reason = isAbsent(codeOf(error)) ? 'this machine has no IPv6' : '::1 cannot be bound';
	throw new Error(`Input "family": IPv6 was asked for, but ${reason} (${codeOf(error)})`, {
		cause: error
	});
}
async function bindError(host) {
	try {
		await sockets_close(await bind('stream', { host, port: 0 }));
	} catch (error) {
		if (isOutOfFiles(error)) throw error;
		if (codeOf(error) !== 'EADDRINUSE') return error;
	}
	return undefined;
}
async function lookUp(host, version) {
	const { lookup } = process.getBuiltinModule('node:dns/promises');
	try {
		return (await lookup(host, { family: version })).address;
	} catch (error) {
		await bindError('127.0.0.1');
		const reason = `does not resolve to an IPv${version} address (${codeOf(error)})`;
		throw new Error(`Input "host": "${host}" ${reason}`, { cause: error });
	}
}

;// CONCATENATED MODULE: ./lib/system/probe.js





function probePlan(platform, transport, addresses) {
	if (platform === 'linux' && transport === 'stream') return { alone: [], held: [{}] };
	const tryAlone = platform === 'win32' || transport === 'stream';
	return {
		alone: tryAlone ? addresses.map((host) => ({ host, ipv6Only: (0,external_node_net_namespaceObject.isIPv6)(host) })) : [],
		held: [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }]
	};
}
function ownAddresses(platform, hosts, interfaces = platform === 'linux' ? {} : (0,external_node_os_namespaceObject.networkInterfaces)()) {
	const found = Object.entries(interfaces).flatMap(([name, infos = []]) =>
		infos.map(({ address, scopeid }) => {
			const zone = platform === 'win32' ? scopeid : name;
			return scopeid ? `${address}%${zone}` : address;
		})
	);
	const specific = hosts.filter((host) => host !== '0.0.0.0' && host !== '::');
	return [...new Set(['127.0.0.1', '::1', ...found, ...specific])];
}
async function hold({ port, type }, addresses) {
	const sockets = [];
	for (const transport of transportsOf(type)) {
		const { alone, held } = probePlan(process.platform, transport, addresses);
		for (const place of [...alone, ...held]) {
			try {
				const socket = await bind(transport, { ...place, port });
				if (held.includes(place)) sockets.push(socket);
				else await sockets_close(socket);
			} catch (error) {
				const code = codeOf(error);
				if (isAbsent(code)) continue;
				const refusal = refusalOf(code, process.platform);
				await Promise.all(sockets.map(sockets_close));
				if (refusal !== undefined) return refusal;
				if (isOutOfFiles(error)) throw error;
				const where = place.host ?? 'all addresses';
				throw new Error(`Port ${port} cannot be tried on ${where}: ${error}`, { cause: error });
			}
		}
	}
	return sockets;
}

;// CONCATENATED MODULE: ./lib/search/bind-ephemeral.js





async function bindEphemeral(types, found, hosts, exclude, reservations, patience) {
	const sockets = [];
	const ports = [...found];
	const accepts = (request) => !ports.includes(request.port) && !contains(exclude, request.port) && reservations.refusalOf(request) === undefined;
	try {
		while (ports.includes(undefined)) {
			const count = ports.filter((port) => port !== undefined).length;
			const chosen = [];
			for (const [slot, type] of types.entries()) {
				if (ports[slot] !== undefined) continue;
				const port = await chooseOne(type, hosts, accepts, sockets, patience);
				if (port === undefined) return ports;
				ports[slot] = port;
				chosen.push({ port, type });
				patience.note(count + chosen.length);
			}
			reservations.claim(chosen);
			const requests = types.map((type, slot) => ({ port: ports[slot], type }));
			reservations.confirm(requests);
			for (const [slot, request] of requests.entries()) {
				if (reservations.refusalOf(request) !== undefined) ports[slot] = undefined;
			}
		}
	} finally {
		await Promise.all(sockets.map(sockets_close));
	}
	return ports;
}
async function chooseOne(type, hosts, accepts, sockets, patience) {
	try {
		while (!patience.isExhausted) {
			const port = await bindToZero(type, hosts, sockets);
			if (port !== undefined && accepts({ port, type })) return port;
		}
	} catch (error) {
		if (codeOf(error) !== 'EADDRINUSE') throw error;
	}
	return undefined;
}
async function bindToZero(type, hosts, sockets) {
	let port = 0;
	for (const transport of transportsOf(type)) {
		for (const host of hosts) {
			const ipv6Only = hosts.length > 1 && (0,external_node_net_namespaceObject.isIPv6)(host);
			try {
				const socket = await bind(transport, { port, host, ipv6Only });
				sockets.push(socket);
				({ port } = socket.address());
			} catch (error) {
				if (port === 0 || refusalOf(codeOf(error), process.platform) === undefined) throw error;
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
    `
	},
	{
		ports: '10081-19999 32768-65535',
		avoid: `
      10248-10259 11211 11434 15432 15672 16379 16686 18080 19000-19001 19092 19132 33060 35357 37017 50000
      50051 61613-61614 61616 64738
    `
	},
	{
		ports: '1024-10080 30000-32767',
		avoid: `
      ${browserRefused}
      67-68 80 88 443 445 500 514 520 631 853 873
      1080 1433-1434 1521 1883 2181 2375-2380 3000-3009 3128 3306 3389 4000 4200 4222 4317-4318 4369 4444
      5000-5005 5173-5174 5353 5432-5433 5601 5671-5672 5900-5901 5984 6379-6380 6443 7000-7001 7474 7687
      8000-8010 8080-8091 8200 8443 8500 8888 9000-9010 9042 9080 9090-9100 9200 9229 9300 9418 9443 9999 30000
    `
	}
];

;// CONCATENATED MODULE: ./lib/search/candidates.js


const listed = (text) => portSet(parsePorts(text));
function* tiers(range, ephemeral) {
	if (range === undefined) {
		for (const { ports, avoid } of autoRanges) {
			yield subtract(subtract(listed(ports), ephemeral), listed(avoid));
		}
	}
	const avoided = portSet(autoRanges.flatMap(({ avoid }) => parsePorts(avoid)));
	yield subtract(range ?? subtract(ephemeral, privileged), avoided);
	if (range !== undefined) yield intersect(range, avoided);
}
const privileged = [{ first: 1, last: 1023 }];
function refusedByBrowsers(ports) {
	return ports.filter((port) => port <= 10080 && contains(listed(browserRefused), port));
}
function* shuffled(set) {
	const total = size(set);
	const start = randomBelow(total);
	let step = 1 + randomBelow(total);
	while (greatestCommonDivisor(step, total) > 1) step = 1 + randomBelow(total);
	for (let i = 0; i < total; i++) yield nth(set, (start + i * step) % total);
	return undefined;
}
function* runsForBlocks(prefer, sets, exclude, length) {
	for (const first of prefer) {
		const run = { first, last: first + length - 1 };
		if (run.last <= 65_535 && intersect([run], exclude).length === 0) yield run;
	}
	let all = [];
	for (const set of sets) {
		all = portSet([...all, ...set]);
		yield* runsFromRandomPlace(all, length);
	}
}
function runsFromRandomPlace(set, length) {
	const start = shuffled(set).next().value ?? 1;
	return [...subtract(set, [{ first: 0, last: start - 1 }]), ...intersect(set, [{ first: 0, last: start + length - 2 }])].filter(
		({ first, last }) => last - first + 1 >= length
	);
}
function nth(set, index) {
	let rest = index;
	for (const { first, last } of set) {
		if (first + rest <= last) return first + rest;
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

;// CONCATENATED MODULE: ./lib/system/connections.js


function connectedPorts(directory = '/proc/net') {
	const counts = read(`${directory}/sockstat`) + read(`${directory}/sockstat6`);
	const { ipv4, ipv6, timeWait } = socketCounts(counts);
	const table = ipv4 + timeWait === 0 ? '' : read(`${directory}/tcp`);
	const table6 = ipv6 + timeWait === 0 ? '' : read(`${directory}/tcp6`);
	return new Set(parseTable(table + table6));
}
function socketCounts(text) {
	const count = (pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
	return {
		ipv4: count(/TCP: inuse (\d+)/),
		ipv6: count(/TCP6: inuse (\d+)/),
		timeWait: count(/TCP: .* tw (\d+)/)
	};
}
function* parseTable(text) {
	for (const [, port] of text.matchAll(/: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (?!0A)/g)) {
		yield Number(`0x${port}`);
	}
}
function read(file) {
	try {
		return (0,external_node_fs_namespaceObject.readFileSync)(file, 'latin1');
	} catch (error) {
		if (isOutOfFiles(error)) throw error;
		return '';
	}
}

;// CONCATENATED MODULE: ./lib/search/reservations.js



const batchSize = { stream: 30, dgram: 15, both: 10 };
class Reservations {
	#leases;
	#addresses;
	#debug;
	#refused = {
		stream: new Map(),
		dgram: new Map(),
		both: new Map()
	};
	constructor(leases, addresses, debug) {
		this.#leases = leases;
		this.#addresses = addresses;
		this.#debug = debug;
	}
	startAgain() {
		for (const refusals of Object.values(this.#refused)) refusals.clear();
		this.#leases.look();
	}
	refusalOf({ port, type }) {
		const owner = this.#leases.ownerOf(port);
		return this.#refused[type].get(port) ?? (owner === undefined ? undefined : { leasedTo: owner });
	}
	async reserve(requests) {
		const held = [];
		const sockets = [];
		try {
			const answers = await Promise.allSettled(requests.map((request) => hold(request, this.#addresses)));
			const failures = [];
			for (const [i, request] of requests.entries()) {
				const answer = answers[i];
				if (answer.status === 'rejected') failures.push(answer.reason);
				else if (typeof answer.value === 'string') this.#refuse(request, answer.value);
				else {
					held.push(request);
					sockets.push(...answer.value);
				}
			}
			if (failures.length > 0) throw failures[0];
			if (held.length > 0) this.claim(held);
		} finally {
			await Promise.all(sockets.map(sockets_close));
		}
	}
	claim(requests) {
		this.#leases.claim(requests.map(({ port }) => port));
		this.#refuseLeased(requests);
	}
	async tryFor(request) {
		if (this.refusalOf(request) !== undefined) return;
		const answer = await hold(request, this.#addresses);
		if (typeof answer === 'string') this.#refuse(request, answer);
		else await Promise.all(answer.map(sockets_close));
	}
	confirm(requests) {
		this.#leases.look();
		const streams = requests.filter(({ type }) => type !== 'dgram');
		const connected = streams.length > 0 ? connectedPorts() : new Set();
		for (const request of streams) {
			if (connected.has(request.port)) this.#refuse(request, 'in use');
		}
		this.#leases.withdraw(this.#refuseLeased(requests).map(({ port }) => port));
	}
	release() {
		this.#leases.release();
	}
	#refuseLeased(requests) {
		return requests.filter((request) => {
			const refusal = this.refusalOf(request);
			if (refusal !== undefined) this.#refuse(request, refusal);
			return refusal !== undefined;
		});
	}
	#refuse(request, refusal) {
		const { port, type } = request;
		if (this.#refused[type].has(port)) return;
		this.#refused[type].set(port, refusal);
		this.#debug?.(`Port ${port} (${type}) is ${words(refusal)}.`);
	}
}
function words(refusal) {
	return typeof refusal === 'string' ? refusal : `leased to ${refusal.leasedTo}`;
}

;// CONCATENATED MODULE: ./lib/search/find-block.js

async function findBlock(types, runs, reservations, patience) {
	for (const { first, last } of runs) {
		for (let start = first; start + types.length - 1 <= last; ) {
			if (patience.isExhausted) return undefined;
			const block = types.map((type, i) => ({ port: start + i, type }));
			await reserveBlock(block, reservations, patience);
			const refused = block.findLastIndex((request) => reservations.refusalOf(request));
			if (refused === -1) return block.map(({ port }) => port);
			start += refused + 1;
		}
	}
	return undefined;
}
async function reserveBlock(block, reservations, patience) {
	const isRefused = (request) => reservations.refusalOf(request) !== undefined;
	if (block.some(isRefused)) return;
	const length = Math.min(...block.map(({ type }) => batchSize[type]));
	for (let end = block.length; end > 0; end -= length) {
		const start = Math.max(0, end - length);
		const batch = block.slice(start, end);
		await reservations.reserve(batch);
		if (batch.some(isRefused)) return reservations.release();
		patience.note(block.length - start);
	}
	reservations.confirm(block);
	if (block.some(isRefused)) reservations.release();
}

;// CONCATENATED MODULE: ./lib/search/lazy-list.js
class LazyList {
	#source;
	#made = [];
	constructor(source) {
		this.#source = source[Symbol.iterator]();
	}
	at(index) {
		if (index === this.#made.length) {
			const { value, done } = this.#source.next();
			if (!done) this.#made.push(value);
		}
		return this.#made[index];
	}
	*[Symbol.iterator]() {
		for (let i = 0; ; i++) {
			const item = this.at(i);
			if (item === undefined) return;
			yield item;
		}
	}
}

;// CONCATENATED MODULE: ./lib/search/find-each.js


function findEach(types, numbers, reservations, patience) {
	return new Assignment(types, numbers, reservations, patience).complete();
}
class Assignment {
	#types;
	#reservations;
	#patience;
	#numbers;
	#next = { stream: 0, dgram: 0, both: 0 };
	#ports;
	#slots = new Map();
	constructor(types, numbers, reservations, patience) {
		this.#types = types;
		this.#numbers = new LazyList(numbers);
		this.#reservations = reservations;
		this.#patience = patience;
		this.#ports = types.map(() => undefined);
	}
	async complete() {
		do {
			await this.#fill();
			await this.#reassign();
		} while (!this.#ports.includes(undefined) && !this.#confirm());
		return this.#ports;
	}
	async #fill() {
		while (!this.#patience.isExhausted) {
			const batch = [];
			for (const slot of this.#emptySlots()) {
				if (batch.length >= batchSize[this.#types[slot]]) break;
				const candidate = this.#nextCandidate(slot, batch);
				if (candidate !== undefined) batch.push(candidate);
			}
			if (batch.length === 0) return;
			await this.#reserve(batch);
		}
	}
	async #reassign() {
		let passed = new Set();
		for (const slot of this.#emptySlots()) {
			if (await this.#makeRoom(slot, passed)) passed = new Set();
		}
	}
	async #makeRoom(slot, passed) {
		if (this.#patience.isExhausted) return false;
		const type = this.#types[slot];
		for (;;) {
			const candidate = this.#nextCandidate(slot, []);
			if (candidate === undefined) break;
			await this.#reserve([candidate]);
			if (this.#slots.has(candidate.port)) return true;
		}
		for (const [port, other] of [...this.#slots]) {
			if (this.#types[other] === type || passed.has(port)) continue;
			await this.#reservations.tryFor({ port, type });
			if (this.#reservations.refusalOf({ port, type }) !== undefined) continue;
			passed.add(port);
			if (await this.#makeRoom(other, passed)) {
				this.#assign(slot, port);
				return true;
			}
		}
		return false;
	}
	async #reserve(batch) {
		await this.#reservations.reserve(batch);
		for (const type of new Set(batch.map((candidate) => candidate.type))) {
			const candidates = batch.filter((candidate) => candidate.type === type);
			const got = candidates.filter((candidate) => this.#reservations.refusalOf(candidate) === undefined);
			for (const [i, { port }] of got.entries()) {
				this.#assign(candidates[i].slot, port);
			}
		}
		this.#goBackTo(Math.min(...batch.map(({ index }) => index)));
		this.#patience.note(this.#slots.size);
	}
	#assign(slot, port) {
		this.#ports[slot] = port;
		this.#slots.set(port, slot);
	}
	#goBackTo(index) {
		for (const type of new Set(this.#types)) this.#next[type] = Math.min(this.#next[type], index);
	}
	#confirm() {
		const requests = this.#ports.map((port, i) => ({
			port: port,
			type: this.#types[i]
		}));
		this.#reservations.confirm(requests);
		const lost = requests.filter((request) => this.#reservations.refusalOf(request) !== undefined);
		for (const { port } of lost) {
			this.#ports[this.#slots.get(port)] = undefined;
			this.#slots.delete(port);
		}
		this.#goBackTo(0);
		return lost.length === 0;
	}
	*#emptySlots() {
		for (const [slot, port] of this.#ports.entries()) if (port === undefined) yield slot;
	}
	#nextCandidate(slot, batch) {
		const type = this.#types[slot];
		for (;;) {
			const index = this.#next[type];
			const port = this.#numbers.at(index);
			if (port === undefined) return undefined;
			this.#next[type]++;
			const isTaken = this.#slots.has(port) || batch.some((candidate) => candidate.port === port);
			if (isTaken || this.#reservations.refusalOf({ port, type }) !== undefined) continue;
			return { slot, index, port, type };
		}
	}
}

;// CONCATENATED MODULE: ./lib/search/messages.js



function warningsOn(ports, { types }, { recordProblem, lookProblem }, ephemeral) {
	const assigned = ephemeral?.ports ?? [];
	const inside = setOf(ports.filter((port) => contains(assigned, port)));
	const refused = setOf(refusedByBrowsers(ports.filter((_, i) => types[i] !== 'dgram')));
	return [
		recordProblem !== undefined && `Ports cannot be recorded as handed out (${recordProblem}): other steps may get the same ones.`,
		lookProblem !== undefined && `The ports of other steps cannot be read (${lookProblem}): this step may get the same ones.`,
		ephemeral?.assumed !== undefined && `The ephemeral range could not be read (${ephemeral.assumed}): taken to be ${format(assigned)}.`,
		inside.length > 0 &&
			`In this machine's ephemeral range (${format(assigned)}), so that the OS may assign it before the workflow ` +
				`binds it: port ${format(inside)}. Use another, or make that range smaller, as the README says.`,
		refused.length > 0 && `Browsers refuse to connect to port ${format(refused)} (a "bad port" in the Fetch standard).`
	].filter((warning) => warning !== false);
}
const mostNotices = 100;
function noticesOn(ports, { prefer, types, contiguous }, reservations) {
	const reasons = new Map();
	for (const port of missed(prefer.slice(0, mostNotices), contiguous ? ports.slice(0, 1) : ports)) {
		for (let i = 0; i < (contiguous ? types.length : 1); i++) {
			const refusal = [...new Set(types)].map((type) => reservations.refusalOf({ port: port + i, type })).find((found) => found !== undefined);
			if (refusal === undefined) continue;
			const reason = words(refusal);
			reasons.set(reason, [...(reasons.get(reason) ?? []), port + i]);
		}
	}
	const instead = contiguous || ports.length === 1 ? `; took ${format(setOf(ports))} instead` : '';
	return [...reasons].map(([reason, refused]) => {
		const set = setOf(refused);
		return `${format(set)} ${size(set) > 1 ? 'are' : 'is'} ${reason}${instead}`;
	});
}
function missed(prefer, ports) {
	const taken = new Set(ports);
	const isEnough = ports.every((port) => prefer.includes(port));
	const end = isEnough ? prefer.findLastIndex((port) => taken.has(port)) : prefer.length;
	return prefer.slice(0, end).filter((port) => !taken.has(port));
}

;// CONCATENATED MODULE: ./lib/search/pace.js
const defaultPace = {
	now: () => process.uptime() * 1000,
	sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
	backoff: [25, 50, 100, 200, 400, 800, 1600],
	timeout: 10_000
};
class Patience {
	#pace;
	#most = 0;
	#since;
	constructor(pace) {
		this.#pace = pace;
		this.#since = pace.now();
	}
	note(found) {
		if (found <= this.#most) return;
		this.#most = found;
		this.#since = this.#pace.now();
	}
	get isExhausted() {
		return this.#pace.now() - this.#since >= this.#pace.timeout;
	}
}

;// CONCATENATED MODULE: ./lib/search/shortage.js


const shortage_all = [{ first: 1, last: 65_535 }];
function impossibility(request, sets) {
	let candidates = candidatesOf(request, []);
	if (isEnough(request, candidates)) return undefined;
	for (const set of sets) {
		candidates = portSet([...candidates, ...set]);
		if (isEnough(request, candidates)) return undefined;
	}
	const most = request.contiguous ? longestRun(candidates) : size(candidates);
	const there = most === 0 ? 'there is none' : `there ${most === 1 ? 'is' : 'are'} only ${most}`;
	const without = request.exclude.length > 0 ? ', without "exclude"' : '';
	return `Needed ${wanted(request)}, but ${there} in ${place(request)}${without}.`;
}
function mayChange(request, sets, reservations) {
	const candidates = candidatesOf(request, sets);
	const refused = [...refusals(request, candidates, reservations)];
	const forbidden = refused.filter(([, refusal]) => refusal === 'not permitted');
	return isEnough(request, subtract(candidates, setOf(forbidden.map(([port]) => port))));
}
function shortage(request, sets, found, reservations, gaveUpAfter) {
	const candidates = candidatesOf(request, sets);
	const refused = refusals(request, candidates, reservations);
	const free = subtract(candidates, setOf([...refused.keys()]));
	const most = request.contiguous ? Math.min(longestRun(free), request.types.length - 1) : found;
	const reasons = request.range === 'ephemeral' ? ['the OS has no others that are neither excluded nor leased'] : counted(refused);
	if (typeof request.range === 'object') {
		const excluded = size(intersect(request.range, request.exclude));
		if (excluded > 0) reasons.push(`${excluded} excluded`);
	}
	const gaveUp = gaveUpAfter === undefined ? '' : ` Gave up after ${gaveUpAfter / 1000} s without another port.`;
	return (
		`Needed ${wanted(request)}, found ${request.contiguous && most > 0 ? 'at most ' : ''}` +
		`${most === 0 ? 'none' : most} in ${place(request)}` +
		`${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}.${gaveUp}`
	);
}
function counted(refused) {
	const counts = new Map();
	for (const refusal of refused.values()) {
		counts.set(words(refusal), (counts.get(words(refusal)) ?? 0) + 1);
	}
	const leased = [...counts].filter(([reason]) => reason.startsWith('leased')).sort(([, one], [, other]) => other - one);
	const others = leased.slice(3).reduce((sum, [, count]) => sum + count, 0);
	return [['in use', counts.get('in use') ?? 0], ...leased.slice(0, 3), ['leased to others', others], ['not permitted', counts.get('not permitted') ?? 0]]
		.filter(([, count]) => count > 0)
		.map(([reason, count]) => `${count} ${reason}`);
}
function refusals({ types }, candidates, reservations) {
	const found = new Map();
	for (const type of new Set(types)) {
		for (const port of numbers(candidates)) {
			const refusal = reservations.refusalOf({ port, type });
			if (refusal !== undefined) found.set(port, refusal);
		}
	}
	return found;
}
function candidatesOf(request, sets) {
	const { types, prefer, range, exclude, contiguous } = request;
	const more = contiguous ? types.length - 1 : 0;
	const preferred = prefer.map((first) => ({ first, last: Math.min(first + more, 65_535) }));
	const others = range === 'ephemeral' ? shortage_all : [...sets].flat();
	return subtract(portSet([...preferred, ...others]), exclude);
}
function isEnough({ types, contiguous }, candidates) {
	return (contiguous ? longestRun(candidates) : size(candidates)) >= types.length;
}
function longestRun(set) {
	return set.reduce((most, run) => Math.max(most, size([run])), 0);
}
function wanted({ types, contiguous }) {
	return `${types.length} port${types.length > 1 ? 's' : ''}${contiguous ? ' in a row' : ''}`;
}
function place({ range, prefer }) {
	const text = typeof range === 'object' ? shortened(format(range)) : { auto: '"range": auto', ephemeral: 'the ephemeral range' }[range];
	const beside = prefer.some((port) => typeof range !== 'object' || !contains(range, port));
	return beside ? `${text} and "prefer"` : text;
}
function shortened(text) {
	return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}

;// CONCATENATED MODULE: ./lib/search/allocate.js














async function allocate(request, leases, debug, pace = defaultPace) {
	const { types, range } = request;
	const transports = [...new Set(types.flatMap(transportsOf))];
	const reading = range === 'auto' ? ephemeralRange(transports) : undefined;
	const hosts = await resolveHosts(request.family, request.host);
	const ephemeral = await reading;
	if (ephemeral !== undefined) {
		debug?.(`The ephemeral range is ${format(ephemeral.ports)} (${ephemeral.source}).`);
	}
	const sets = new LazyList(candidateSets(request, ephemeral?.ports ?? []));
	const impossible = impossibility(request, sets);
	if (impossible !== undefined) throw new Error(impossible);
	const reservations = new Reservations(leases, ownAddresses(process.platform, hosts), debug);
	const patience = new Patience(pace);
	for (let round = 0; ; round++) {
		reservations.startAgain();
		debug?.(leases.summary);
		const found = await search(request, sets, hosts, reservations, patience);
		const ports = found.filter((port) => port !== undefined);
		if (ports.length === types.length) {
			return {
				ports,
				warnings: warningsOn(ports, request, leases, ephemeral),
				notices: noticesOn(ports, request, reservations)
			};
		}
		leases.release();
		const wait = pace.backoff[round];
		const isOver = patience.isExhausted;
		if (wait === undefined || isOver || !mayChange(request, sets, reservations)) {
			const gaveUpAfter = isOver ? pace.timeout : undefined;
			throw new Error(shortage(request, sets, ports.length, reservations, gaveUpAfter));
		}
		await pace.sleep(wait * (0.5 + Math.random()));
	}
}
function* candidateSets({ range, exclude }, ephemeral) {
	if (range === 'ephemeral') return;
	for (const tier of tiers(range === 'auto' ? undefined : range, ephemeral)) {
		yield subtract(tier, exclude);
	}
}
async function search(request, sets, hosts, reservations, patience) {
	const { types, prefer, exclude, range } = request;
	if (request.contiguous) {
		const runs = runsForBlocks(prefer, sets, exclude, types.length);
		return (await findBlock(types, runs, reservations, patience)) ?? [];
	}
	const found = await findEach(types, inOrder(prefer, sets), reservations, patience);
	if (range !== 'ephemeral') return found;
	return bindEphemeral(types, found, hosts, exclude, reservations, patience);
}
function* inOrder(prefer, sets) {
	yield* prefer;
	for (const set of sets) yield* shuffled(set);
}

;// CONCATENATED MODULE: ./lib/main.js







async function run() {
	let leases;
	process.stdout.on('error', () => {});
	try {
		const { request, naming } = readInputs();
		leases = new Leases(leaseOwner());
		await writeResult(await allocate(request, leases, debugLog()), naming);
	} catch (error) {
		leases?.release();
		reportFailure(inWords(error));
	}
}

;// CONCATENATED MODULE: ./lib/index.js

void run();

module.exports = __webpack_exports__;
/******/ })()
;