/** The API: which agents there are. Whoever has the secret server key may add some. */
import { addAgent, listAgents, openDatabase } from "../../shared/database.ts";
import { BadRequest, serve } from "../../shared/serve.ts";

const database = await openDatabase();

serve("api", database, {
  "GET /": () => ({ status: 200, body: { service: "api" } }),
  "GET /agents": async () => ({ status: 200, body: await listAgents(database) }),
  "POST /agents": async ({ body, headers }) => {
    if (headers.authorization !== `Bearer ${process.env.STACK_SECRET_SERVER_KEY}`)
      return { status: 401, body: { error: "the secret server key is needed" } };
    const { name, instructions } = (body ?? {}) as { name?: unknown; instructions?: unknown };
    if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,62}$/.test(name))
      throw new BadRequest("name has to be small letters, digits and -");
    if (typeof instructions !== "string") throw new BadRequest("instructions have to be a text");
    return { status: (await addAgent(database, { name, instructions })) ? 201 : 200, body: { name } };
  },
});
