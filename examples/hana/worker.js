import "./src/worker.ts";
