/**
 * Runs one invocation of a Node.js function, as Lambda's runtime does: it loads the handler, gives it the event, and writes what
 * comes of it to a file. Source: AWS Lambda Developer Guide, "Define Lambda function handler in Node.js".
 */
"use strict";
const http = require("node:http");
const https = require("node:https");
const { syncBuiltinESMExports } = require("node:module");
const { existsSync, readFileSync, writeFileSync, renameSync } = require("node:fs");
const { join } = require("node:path");
const { format } = require("node:util");
const { pathToFileURL, urlToHttpOptions } = require("node:url");

const { folder, deadlineMs, ...given } = JSON.parse(process.env.PLINTH_INVOCATION);
delete process.env.PLINTH_INVOCATION;
const { LAMBDA_TASK_ROOT: root, ["_HANDLER"]: handlerName = "" } = process.env;

// Functions behind custom resources answer CloudFormation by HTTPS on port 443, as they are written everywhere, whatever their URL says:
// this CloudFormation listens at the cloud's endpoint.
const httpsRequest = https.request;
https.request = (...given) => {
  const [first] = given;
  const options = typeof first === "string" ? urlToHttpOptions(new URL(first)) : first instanceof URL ? urlToHttpOptions(first) : first;
  if (!options?.path?.startsWith("/_plinth/custom-resources/")) return httpsRequest.apply(https, given);
  const more = given.find((one, index) => index > 0 && typeof one === "object");
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
  const plain = { ...options, ...more, protocol: "http:", host: undefined, hostname, port, agent: undefined };
  return http.request(
    plain,
    given.find((one) => typeof one === "function"),
  );
};
syncBuiltinESMExports();

const levels = { log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG", trace: "TRACE" };
for (const [method, level] of Object.entries(levels)) {
  console[method] = (...values) => {
    const text = format(...values).replaceAll("\n", "\r");
    process.stdout.write(`${new Date().toISOString()}\t${given.awsRequestId}\t${level}\t${text}\n`);
  };
}

let ended = false;
function end(outcome) {
  if (ended) return;
  ended = true;
  const file = join(folder, "result.json");
  writeFileSync(`${file}.new`, JSON.stringify({ ...outcome, memoryBytes: process.memoryUsage.rss() }));
  renameSync(`${file}.new`, file);
  process.stdout.write("", () => process.exit(0));
}

function fail(error, type) {
  const isError = error instanceof Error;
  const outcome = {
    errorType: type ?? (isError ? error.name : typeof error),
    errorMessage: isError ? error.message : String(error),
    trace: isError && error.stack ? error.stack.split("\n") : [],
  };
  console.error("Invoke Error", "\t", JSON.stringify(outcome));
  end({ error: outcome });
}

function succeed(value) {
  let payload;
  try {
    payload = JSON.stringify(value === undefined ? null : value);
  } catch (error) {
    fail(error, "Runtime.MarshalResponse");
    return;
  }
  end({ payload: payload ?? "null" });
}

async function loadHandler() {
  const [, path, names] = /^(.*?[^/]*?)\.([^/]+)$/.exec(handlerName) ?? [];
  if (path === undefined) throw Object.assign(new Error(`Bad handler ${handlerName}`), { type: "Runtime.MalformedHandlerName" });
  const file = [".js", ".mjs", ".cjs", ""].map((ending) => join(root, path + ending)).find((one) => existsSync(one));
  if (file === undefined) {
    throw Object.assign(new Error(`Error: Cannot find module '${path.split("/").at(-1)}'`), { type: "Runtime.ImportModuleError" });
  }
  const loaded = file.endsWith(".mjs") ? await import(pathToFileURL(file).href) : await loadScript(file);
  const handler = names.split(".").reduce((found, name) => found?.[name], loaded);
  if (typeof handler !== "function") {
    throw Object.assign(new Error(`${handlerName} is undefined or not exported`), { type: "Runtime.HandlerNotFound" });
  }
  return handler;
}

/** CommonJS unless the package says otherwise, as Node decides for files that end in `.js`. */
async function loadScript(file) {
  const packageFile = join(root, "package.json");
  const isModule = !file.endsWith(".cjs") && existsSync(packageFile) && JSON.parse(readFileSync(packageFile, "utf8")).type === "module";
  return isModule ? import(pathToFileURL(file).href) : require(file);
}

process.on("uncaughtException", (error) => fail(error));
process.on("unhandledRejection", (error) => fail(error, "Runtime.UnhandledPromiseRejection"));

async function main() {
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    fail(error, error.type ?? (error instanceof SyntaxError ? "Runtime.UserCodeSyntaxError" : undefined));
    return;
  }
  const event = JSON.parse(readFileSync(join(folder, "event.json"), "utf8"));
  let answered;
  const context = {
    ...given,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    succeed,
    fail,
    done: (error, value) => (error === null || error === undefined ? succeed(value) : fail(error)),
  };
  const callback = (error, value) => {
    answered ??= { error, value };
    if (!context.callbackWaitsForEmptyEventLoop) context.done(answered.error, answered.value);
  };
  // A handler without a promise has ended when nothing is left to do.
  process.on("beforeExit", () => (answered ? context.done(answered.error, answered.value) : succeed(null)));
  const result = handler(event, context, callback);
  if (typeof result?.then === "function") {
    process.removeAllListeners("beforeExit");
    result.then(succeed, (error) => fail(error));
  }
}

main().catch((error) => fail(error));
