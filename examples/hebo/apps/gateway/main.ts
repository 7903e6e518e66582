/** The gateway: answers in the name of an agent, in the form that clients of chat completions know, and notes each request. */
import { askAgent, listAgents, openDatabase } from "../../shared/database.ts";
import { BadRequest, serve } from "../../shared/serve.ts";

const database = await openDatabase();

serve("gateway", database, {
  "GET /": () => ({ status: 200, body: { service: "gateway" } }),
  "GET /v1/models": async () => ({ status: 200, body: { data: (await listAgents(database)).map(({ name }) => ({ id: name })) } }),
  "POST /v1/chat/completions": async ({ body }) => {
    const { model, messages } = (body ?? {}) as { model?: unknown; messages?: unknown };
    if (typeof model !== "string" || !Array.isArray(messages)) throw new BadRequest("model and messages are needed");
    const instructions = await askAgent(database, model);
    if (instructions === undefined) return { status: 404, body: { error: `there is no agent ${model}` } };
    // No model stands behind this example: an agent says what it was told to, and how much it was asked.
    const content = `${instructions} (${messages.length} message${messages.length === 1 ? "" : "s"})`;
    return { status: 200, body: { model, choices: [{ index: 0, message: { role: "assistant", content } }] } };
  },
});
