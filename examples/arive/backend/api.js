import "./src/api.ts";
