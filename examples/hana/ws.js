import "./src/ws.ts";
