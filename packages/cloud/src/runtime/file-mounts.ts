/** What stands between programs that mount file systems and the service that keeps them: who mounts asks here, EFS answers as its NFS servers would. */
import type { Cloud } from "../cloud.ts";
import type { Principal } from "../identity/principal.ts";

/** What a client of a file system shows of itself when it mounts. */
export interface MountRequest {
  region: string;
  fileSystemId: string;
  accessPointId?: string | undefined;
  /** The folder of the file system that is mounted; `/` with an access point, whose root it is then. */
  rootDirectory: string;
  /** Whether it connects over TLS. */
  encrypted: boolean;
  /** As whom it mounts; `undefined` without IAM authorization. */
  principal: Principal | undefined;
  vpcId: string;
  zone: string;
  privateIp: string;
  securityGroups: readonly string[];
}

export interface Mount {
  /** The folder on this machine. */
  folder: string;
  readOnly: boolean;
  /** As whom every access counts, by the access point. */
  owner?: { user: number; group: number };
}

/** The mount does not come about. The message is what a client's `mount` prints. */
export class MountRefused extends Error {
  /** The exit code of `mount`. */
  readonly code: number;
  constructor(message: string, code = 32) {
    super(message);
    this.code = code;
  }
}

type FileServer = (request: MountRequest) => Promise<Mount>;

const key = Symbol("file server");
const held = (cloud: Cloud) => cloud.memory(key, () => ({ serve: undefined as FileServer | undefined }));

export function serveMounts(cloud: Cloud, serve: FileServer): void {
  held(cloud).serve = serve;
}

/** @throws MountRefused */
export async function mount(cloud: Cloud, request: MountRequest): Promise<Mount> {
  await cloud.activate("efs");
  const { serve } = held(cloud);
  if (!serve) throw new MountRefused("mount.nfs4: Connection refused");
  return await serve(request);
}

/** Where the files of a file system lie, below the state folder. */
export const fileSystemFolder = (cloud: Cloud, fileSystemId: string): string => cloud.world.disk.path("file-systems", fileSystemId);
