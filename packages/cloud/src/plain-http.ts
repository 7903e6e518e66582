/** Node's HTTP, without what an import of it loads beside it: all that it exports, Node's WebSocket and fetch too, a third of Node's own start. */
export const { createServer, request, STATUS_CODES } = process.getBuiltinModule("node:http");
export const { request: secureRequest } = process.getBuiltinModule("node:https");
