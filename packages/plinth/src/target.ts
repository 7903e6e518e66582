/** Where a stage lives: the clients of its account, the embedded cloud started or found where it is that. */
import type { Assembly } from "@plinth/compiler";
import { connectAws, findEmbeddedCloud, type Aws } from "@plinth/deployer";
import { findCloud, hasState, startCloud } from "./cloud/cloud-process.ts";
import { runningCloud } from "./cloud/running-cloud.ts";
import type { Invocation } from "./command.ts";

/**
 * For commands that act: the embedded cloud is started when it does not run.
 * @param meanwhile done while it starts.
 */
export async function connectForDeploy({ folder, local, terminal }: Invocation, assembly: Assembly, meanwhile?: () => void): Promise<Aws> {
  if (!local) return connectToAccount(assembly);
  const { cloud, started } = await startCloud(folder, { preparePostgres: databasesOf(assembly), ...(meanwhile && { meanwhile }) });
  if (started) terminal.note(terminal.colours.dim(`The embedded cloud runs at ${cloud.endpoint}; plinth cloud stop ends it.`));
  return connectToEmbedded(assembly, cloud.endpoint);
}

/** The majors of PostgreSQL that the app's databases run, as `16`, or as `16+vector` where one asks for that extension. */
function databasesOf({ stacks }: Assembly): string[] {
  const databases = stacks.flatMap(({ template }) =>
    Object.values(template.Resources).flatMap(({ Type, Properties = {} }) =>
      Type === "AWS::RDS::DBInstance" || Type === "AWS::RDS::DBCluster" ? [Properties] : [],
    ),
  );
  const majors = databases.flatMap(({ Engine, EngineVersion, Tags }) => {
    const major = typeof EngineVersion === "string" && /postgres/.test(String(Engine)) ? Number.parseInt(EngineVersion, 10) : Number.NaN;
    const vector = /\bvector\b/.test(JSON.stringify(Tags ?? [])) ? "+vector" : "";
    return Number.isNaN(major) ? [] : [`${major}${vector}`];
  });
  return [...new Set(majors)];
}

/** For a plan: `undefined` when nobody is to be asked, or the stage cannot have been deployed, since its cloud has never run. */
export async function connectForPlan(invocation: Invocation, assembly: Assembly): Promise<Aws | undefined> {
  if (invocation.options["offline"] === true) return undefined;
  if (invocation.local && !(await findCloud(invocation.folder)) && !hasState(invocation.folder)) return undefined;
  return connectForDeploy(invocation, assembly);
}

/** For commands that look: a stopped cloud is said to be so. */
export async function connectToRunning({ folder, local }: Invocation, assembly: Assembly): Promise<Aws> {
  if (!local) return connectToAccount(assembly);
  const { endpoint } = await runningCloud(
    folder,
    hasState(folder) ? "plinth cloud start brings back everything as it was." : "plinth deploy",
  );
  return connectToEmbedded(assembly, endpoint);
}

/** AWS, or an embedded cloud that the environment points to (`plinth cloud env`). */
async function connectToAccount(assembly: Assembly): Promise<Aws> {
  const endpoint = await findEmbeddedCloud(process.env["AWS_ENDPOINT_URL"]);
  return endpoint === undefined ? connectAws(assembly.region) : connectToEmbedded(assembly, endpoint);
}

/**
 * As its root, unless the shell has been pointed to just this cloud and says who calls: so one tries on the laptop what a role may do.
 * Credentials of another account never reach it.
 */
function connectToEmbedded({ region }: Assembly, endpoint: string): Aws {
  const { AWS_ENDPOINT_URL: pointed, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const own = pointed !== undefined && URL.canParse(pointed) && new URL(pointed).host === new URL(endpoint).host;
  if (!own || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return connectAws(region, endpoint);
  const sessionToken = AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {};
  return connectAws(region, endpoint, { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, ...sessionToken });
}
