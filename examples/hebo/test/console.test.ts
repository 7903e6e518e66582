/** The console of hebo as a preview has it (row B4): built by its own package.json, behind CloudFront and under its own name, with files from a bucket. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyOf, type Deployed, eventually } from "../../threa/test/deployed.ts";

const stage = ["--stage", "pr-7", "--local"];
const host = "pr-7.cloud.hebo.ai";

/** The console's part of plinth.config.ts, with what it names by fixed addresses. */
const config = `
import { app, nextjs, secret, setting } from "plinth";
export default app("hebo", { region: "us-east-1", stages: ["production"], previews: { expireAfter: "7 days" } }, ({ stage }) => {
  const stackProjectId = setting();
  const stackSecretServerKey = secret({ optional: true });
  const console = nextjs({
    path: "apps/console",
    domain: { name: \`\${stage}.cloud.hebo.ai\`, zone: "hebo.ai" },
    env: { NEXT_PUBLIC_API_URL: "https://api.example.com", NEXT_PUBLIC_STACK_PROJECT_ID: stackProjectId, STACK_SECRET_SERVER_KEY: stackSecretServerKey },
  });
  return { stackProjectId, stackSecretServerKey, console };
});
`;

let hebo: Deployed;
let place: { address: string; port: number; authority: string; url: string };
const json = async <T>(...args: string[]) => JSON.parse((await hebo.plinth([...args, ...stage, "--json"])).stdout) as T;
const plinth = async (...args: string[]) => {
  const ran = await hebo.plinth([...args, ...stage]);
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr);
  return ran.stdout + ran.stderr;
};

beforeAll(async () => {
  hebo = copyOf("hebo");
  hebo.edit("plinth.config.ts", () => config);
  const set = await hebo.plinth(["secrets", "set", "stackProjectId", ...stage], "project-7");
  if (set.code !== 0) throw new Error(set.stdout + set.stderr);
  await plinth("deploy", "--yes");
  const { localAccess } = await json<{ localAccess: (typeof place)[] }>("status");
  place = localAccess.find(({ url }) => url === `https://${host}`)!;
}, 300_000);
afterAll(() => hebo[Symbol.asyncDispose]());

interface Answer {
  status: number;
  text: string;
  headers: Record<string, string | string[] | undefined>;
}

/** As a browser that resolves the name by the cloud's DNS server and trusts its authority. */
function ask(
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        host: place.address,
        port: place.port,
        path,
        method,
        servername: host,
        headers: { Host: host, ...headers },
        ca: readFileSync(place.authority),
        agent: false,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.once("end", () => done({ status: response.statusCode!, text, headers: response.headers }));
      },
    );
    sent.once("error", fail);
    sent.end(body);
  });
}

const page = () =>
  eventually(
    () => ask("/", { headers: { Cookie: "who=Ada" } }),
    ({ status }) => status === 200,
  );
const filesOf = ({ text }: Answer) => [...text.matchAll(/\/_next\/static\/[^"]+/g)].map(([path]) => path);

test("pages come from the server for each request, files from the bucket and then from CloudFront's cache", async () => {
  const first = await page();
  expect(first.text).toContain("Hello, Ada");
  expect(first.text).toContain("Project project-7, server key not set");
  expect(first.headers["x-cache"]).toBe("Miss from cloudfront");
  const script = filesOf(first).find((path) => path.endsWith(".js"))!;
  const file = await ask(script);
  expect([file.status, file.headers.server, file.headers["content-type"], file.headers["cache-control"], file.headers["x-cache"]]).toEqual([
    200,
    "AmazonS3",
    "application/javascript; charset=utf-8",
    "public,max-age=31536000,immutable",
    "Miss from cloudfront",
  ]);
  // What is known before the deploy stands in the file; what is not is asked of the server.
  expect(file.text).toContain('api: "https://api.example.com", gateway: null');
  expect((await ask(script)).headers["x-cache"]).toBe("Hit from cloudfront");
  expect((await ask("/robots.txt")).headers["x-from"]).toBe("server");
  expect((await ask("/_next/static/none.js")).status).toBe(404);
  const posted = await ask("/api/echo", { method: "POST", body: '{"a":1}', headers: { "Content-Type": "application/json" } });
  expect([posted.status, posted.text]).toEqual([200, '{"a":1}']);
});
