/** The environment of a task's programs: what a container would find on Fargate, pointed at this cloud. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cloud } from "../../cloud.ts";
import { authorityFile } from "../authority.ts";
import type { RunnableImage } from "./image.ts";

export interface TaskPlace {
  taskId: string;
  /** The first path segment below `/_plinth/` at which it is answered. Default: `tasks`. */
  answeredAt?: string;
  region: string;
  /** The task's loopback address. */
  address: string;
  /** Container port → the port that stands for it at `address`. */
  ports: ReadonlyMap<number, number>;
  /** A folder of the task's own, gone with it. */
  folder: string;
  hostsFile: string;
  hostname: string;
  /** Handed to the credentials route; absent without a task role. */
  credentialsToken: string | undefined;
}

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * `own` is what the container's definition, overrides and secrets give; it wins over everything else, except that
 * NODE_OPTIONS and PATH are added to.
 */
export async function containerEnvironment(
  cloud: Cloud,
  place: TaskPlace,
  image: RunnableImage,
  own: Readonly<Record<string, string>>,
  metadataId: string,
): Promise<Record<string, string>> {
  const authority = await authorityFile(cloud);
  const [port] = place.ports.values();
  const answers = `${cloud.endpoint}/_plinth/${place.answeredAt ?? "tasks"}/${place.taskId}`;
  const given = { ...image.env, ...own };
  const env: Record<string, string> = {
    HOME: place.folder,
    TMPDIR: place.folder,
    HOST: place.address,
    HOSTNAME: place.address,
    ...(port !== undefined && { PORT: String(port) }),
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    AWS_ENDPOINT_URL: cloud.endpoint,
    ECS_CONTAINER_METADATA_URI_V4: `${answers}/v4/${metadataId}`,
    ...(place.answeredAt === undefined && { ECS_AGENT_URI: `${answers}/agent` }),
    ...(place.credentialsToken !== undefined && {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${answers}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: place.credentialsToken,
    }),
    NODE_EXTRA_CA_CERTS: authority,
    PGSSLROOTCERT: authority,
    PLINTH_TASK_ADDRESS: place.address,
    PLINTH_TASK_HOSTS: place.hostsFile,
    PLINTH_TASK_PORTS: [...place.ports].map(([inside, outside]) => `${inside}=${outside}`).join(","),
    ...given,
  };
  env.NODE_OPTIONS = [`--require=${quotedForNode(preload)}`, given.NODE_OPTIONS].filter(Boolean).join(" ");
  env.PATH = [...image.path, given.PATH, dirname(process.execPath), systemPath, process.env.PATH].filter(Boolean).join(":");
  return env;
}

const preload = fileURLToPath(new URL("./preload.cjs", import.meta.url));

/** NODE_OPTIONS is split at spaces; quotes keep a path with spaces whole (Node, "NODE_OPTIONS"). */
function quotedForNode(path: string): string {
  return /[\s"\\]/.test(path) ? `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : path;
}
