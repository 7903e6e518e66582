import "./src/web.ts";
