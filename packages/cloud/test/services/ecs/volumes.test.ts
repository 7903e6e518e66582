/** Volumes of tasks: file systems of EFS at their paths, decided by network and roles, and folders that containers share. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { namespaces } from "../../../src/runtime/tasks/namespaces.ts";
import { startTestCloud } from "../../cloud.ts";
import { type Place, startPlace } from "./place.ts";
import { connectSession } from "./session-client.ts";

let place: Place;
let fileSystem: string;
let accessPoint: string;
let vpc: string;
let group: string;
let image: string;
beforeAll(async () => {
  place = await startPlace();
  image = await place.image("shell", "");
  const { call, subnet } = place;
  ({ FileSystemId: fileSystem } = (await call("efs", "CreateFileSystem", {})) as { FileSystemId: string });
  const available = async () => (await call("efs", "DescribeFileSystems", { FileSystemId: fileSystem })).FileSystems![0]!.LifeCycleState;
  await vi.waitFor(async () => expect(await available()).toBe("available"), { timeout: 60_000 });
  vpc = (await call("ec2", "DescribeSubnets", { SubnetIds: [subnet] })).Subnets![0]!.VpcId!;
  group = (await call("ec2", "CreateSecurityGroup", { GroupName: "clients", Description: "clients", VpcId: vpc })).GroupId!;
  const { GroupId: servers } = await call("ec2", "CreateSecurityGroup", { GroupName: "files", Description: "files", VpcId: vpc });
  const open = { IpProtocol: "tcp", FromPort: 2049, ToPort: 2049, UserIdGroupPairs: [{ GroupId: group }] };
  await call("ec2", "AuthorizeSecurityGroupIngress", { GroupId: servers!, IpPermissions: [open] });
  await call("efs", "CreateMountTarget", { FileSystemId: fileSystem, SubnetId: subnet, SecurityGroups: [servers!] });
  const targets = async () => (await call("efs", "DescribeMountTargets", { FileSystemId: fileSystem })).MountTargets![0]!.LifeCycleState;
  await vi.waitFor(async () => expect(await targets()).toBe("available"), { timeout: 60_000 });
  ({ AccessPointId: accessPoint } = (await call("efs", "CreateAccessPoint", {
    FileSystemId: fileSystem,
    PosixUser: { Uid: 1000, Gid: 1000 },
    RootDirectory: { Path: "/data", CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: "0750" } },
  })) as { AccessPointId: string });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  expect(place.server.reported).toEqual([]);
});

type Efs = Record<string, unknown>;

/** A task that mounts, runs the shell's `script`, and ends: what it wrote, with its exit code. */
async function ran(
  script: string,
  { efs = {}, container = {}, groups = [group] }: { efs?: Efs; container?: object; groups?: string[] } = {},
) {
  const path = "/srv/plinth-test/git";
  const definition = await place.define(
    {
      image,
      command: ["sh", "-c", script.replaceAll("$DIR", path)],
      mountPoints: [{ sourceVolume: "git", containerPath: path }],
      ...container,
    },
    {
      taskRoleArn: place.taskRole,
      volumes: [{ name: "git", efsVolumeConfiguration: { fileSystemId: fileSystem, transitEncryption: "ENABLED", ...efs } }],
    } as object,
  );
  const network = { awsvpcConfiguration: { ...place.network.awsvpcConfiguration, securityGroups: groups } };
  const { taskArn } = await place.run(definition, { networkConfiguration: network });
  const task = await place.reaches(taskArn!, "STOPPED");
  const stream = `ecs/app/${taskArn!.split("/").at(-1)}`;
  const { events = [] } = await place
    .call("logs", "GetLogEvents", { logGroupName: "/ecs/test", logStreamName: stream, startFromHead: true })
    .catch(() => ({ events: [] }));
  return { lines: events.map(({ message }) => message!), code: task.containers![0]!.exitCode, reason: task.stoppedReason!, task };
}

const withPoint = () => ({ authorizationConfig: { accessPointId: accessPoint, iam: "ENABLED" } });

async function allow(actions: string[]): Promise<void> {
  const Statement = [{ Effect: "Allow", Action: actions, Resource: "*" }];
  await place.call("iam", "PutRolePolicy", {
    RoleName: "task",
    PolicyName: "files",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
}

test("what one task writes the next one reads, at a path that the machine does not have", async () => {
  const first = await ran("echo hello > $DIR/greeting; cat $DIR/greeting; printenv PLINTH_MOUNTS");
  const folder = place.server.cloud.world.disk.path("file-systems", fileSystem);
  expect(first.lines).toEqual(["hello", JSON.stringify({ "/srv/plinth-test/git": folder })]);
  expect(readFileSync(join(folder, "greeting"), "utf8")).toBe("hello\n");
  const second = await ran("cat $DIR/greeting; ls /etc/passwd; cd $DIR && pwd");
  expect(second.lines).toEqual(["hello", "/etc/passwd", "/srv/plinth-test/git"]);
  expect(existsSync("/srv/plinth-test")).toBe(false);
  expect(existsSync(place.server.cloud.world.disk.path("tasks", second.task.taskArn!.split("/").at(-1)!))).toBe(false);
});

test("an access point gives a root of its own and its user", async () => {
  await allow(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]);
  const { lines } = await ran('id -u; touch $DIR/mine; stat -c "%u:%g" $DIR/mine; stat -c "%a %u" $DIR; ls $DIR', { efs: withPoint() });
  expect(lines).toEqual(["1000", "1000:1000", "750 1000", "mine"]);
  expect(existsSync(place.server.cloud.world.disk.path("file-systems", fileSystem, "data", "mine"))).toBe(true);
});

test("mount points are read-only where they say so", async () => {
  const mountPoints = [{ sourceVolume: "git", containerPath: "/srv/plinth-test/git", readOnly: true }];
  const { lines } = await ran("touch $DIR/x 2>&1 || echo closed", { container: { mountPoints } });
  expect(lines).toEqual([expect.stringContaining("Read-only file system"), "closed"]);
});

describe("the task's role decides, where IAM does", () => {
  const policy = (Statement: object[]) =>
    place.call("efs", "PutFileSystemPolicy", { FileSystemId: fileSystem, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
  beforeAll(() =>
    policy([
      { Effect: "Deny", Principal: { AWS: "*" }, Action: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        Condition: { Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" } },
      },
    ]),
  );
  afterAll(() => place.call("efs", "DeleteFileSystemPolicy", { FileSystemId: fileSystem }));

  test("with mount and write it writes", async () => {
    await allow(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]);
    expect((await ran("touch $DIR/y && echo written", { efs: withPoint() })).lines).toEqual(["written"]);
  });

  test("with mount alone it reads", async () => {
    await allow(["elasticfilesystem:ClientMount"]);
    const { lines } = await ran("ls $DIR/y; touch $DIR/z 2>/dev/null || echo closed", { efs: withPoint() });
    expect(lines).toEqual(["/srv/plinth-test/git/y", "closed"]);
  });

  test.each([
    ["nothing", [], withPoint],
    ["no identity", ["elasticfilesystem:*"], () => ({ authorizationConfig: { accessPointId: accessPoint } })],
  ] as const)("with %s the task does not start, and says why", async (_, actions, efs) => {
    await allow([...actions, "ssm:GetParameter"]);
    const { reason, task } = await ran("true", { efs: efs() });
    expect(reason).toContain(
      "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: mount.nfs4: access denied by server while mounting 127.0.0.1:/ (",
    );
    expect(reason).toMatch(/ : unsuccessful EFS utils command execution; code: 32$/);
    expect(task.stopCode).toBe("TaskFailedToStart");
  });
});

describe("a mount that cannot be is named", () => {
  test("an access point of another file system", async () => {
    const { FileSystemId } = await place.call("efs", "CreateFileSystem", {});
    await expect
      .poll(async () => (await place.call("efs", "DescribeFileSystems", { FileSystemId: FileSystemId! })).FileSystems![0]!.LifeCycleState)
      .toBe("available");
    const { AccessPointId } = await place.call("efs", "CreateAccessPoint", { FileSystemId: FileSystemId! });
    const { reason } = await ran("true", { efs: { authorizationConfig: { accessPointId: AccessPointId } } });
    expect(reason).toContain(`(the access point ${AccessPointId} is one of ${FileSystemId}, not of ${fileSystem})`);
    const { reason: missing } = await ran("true", { efs: { fileSystemId: FileSystemId } });
    expect(missing).toContain(`Failed to resolve "${FileSystemId}.efs.eu-central-1.amazonaws.com"`);
    expect(missing).toContain("(it has no mount target)");
  });

  test("port 2049 closed to the task", async () => {
    const { GroupId } = await place.call("ec2", "CreateSecurityGroup", { GroupName: "strangers", Description: "d", VpcId: vpc });
    const { reason } = await ran("true", { groups: [GroupId!] });
    expect(reason).toContain("stderr: mount.nfs4: Connection timed out (port 2049 of mount target fsmt-");
  });

  test("a zone without a mount target", async () => {
    const { Subnets } = await place.call("ec2", "DescribeSubnets", {});
    const zone = Subnets!.find(({ SubnetId }) => SubnetId === place.subnet)!.AvailabilityZone;
    const elsewhere = Subnets!.find(({ AvailabilityZone }) => AvailabilityZone !== zone)!;
    const { subnets } = place.network.awsvpcConfiguration;
    place.network.awsvpcConfiguration.subnets = [elsewhere.SubnetId!];
    const { reason } = await ran("true");
    place.network.awsvpcConfiguration.subnets = subnets;
    expect(reason).toContain(`its mount targets are in ${zone} of ${vpc}, and the client is in ${elsewhere.AvailabilityZone} of ${vpc}`);
  });

  test("a root directory that is not there", async () => {
    const { reason } = await ran("true", { efs: { rootDirectory: "/nowhere" } });
    expect(reason).toContain("reason given by server: No such file or directory (/nowhere is not in the file system)");
  });

  test("one path for two volumes", async () => {
    const point = { sourceVolume: "git", containerPath: "/srv/plinth-test/git" };
    const { reason } = await ran("true", { container: { mountPoints: [point, { ...point, containerPath: "/srv/plinth-test/git/" }] } });
    expect(reason).toContain("Duplicate mount point: /srv/plinth-test/git/");
  });

  test.each([
    ["an unencrypted access point", { transitEncryption: "DISABLED", authorizationConfig: { accessPointId: "fsap-0123456789abcdef0" } }],
    ["a root directory beside an access point", { rootDirectory: "/x", authorizationConfig: { accessPointId: "fsap-0123456789abcdef0" } }],
    ["a file system that is none", { fileSystemId: "repositories" }],
  ])("%s is refused when it is registered", async (_, efs) => {
    await expect(ran("true", { efs })).rejects.toMatchObject({
      name: "ClientException",
      message: expect.stringContaining("efsVolumeConfiguration"),
    });
  });
});

test("a session in the task sees the mount as well", async () => {
  const actions = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
    (name) => `ssmmessages:${name}`,
  );
  await allow([...actions, "elasticfilesystem:*"]);
  const path = "/srv/plinth-test/git";
  const definition = await place.define(
    { image, command: ["sh", "-c", "exec sleep 600"], mountPoints: [{ sourceVolume: "git", containerPath: path }] },
    {
      taskRoleArn: place.taskRole,
      volumes: [{ name: "git", efsVolumeConfiguration: { fileSystemId: fileSystem, transitEncryption: "ENABLED", ...withPoint() } }],
    } as object,
  );
  const network = { awsvpcConfiguration: { ...place.network.awsvpcConfiguration, securityGroups: [group] } };
  const { taskArn } = await place.run(definition, { networkConfiguration: network, enableExecuteCommand: true });
  await place.reaches(taskArn!, "RUNNING");
  const command = `sh -c "echo from exec > ${path}/note; cat ${path}/note; id -u"`;
  const { session } = await place.call("ecs", "ExecuteCommand", { cluster: "test", task: taskArn!, command, interactive: true });
  await using client = await connectSession(session!);
  await client.closed;
  expect(client.text()).toBe("from exec\r\n1000\r\n");
  await place.call("ecs", "StopTask", { cluster: "test", task: taskArn! });
  await place.reaches(taskArn!, "STOPPED");
});

test("containers of a task share a volume, which goes with the task", async () => {
  const container = (name: string, script: string, more: object = {}) => ({
    name,
    image,
    command: ["sh", "-c", script],
    logConfiguration: {
      logDriver: "awslogs" as const,
      options: { "awslogs-group": "/ecs/test", "awslogs-region": place.server.region, "awslogs-stream-prefix": "shared" },
    },
    ...more,
  });
  const mountPoints = [{ sourceVolume: "scratch", containerPath: "/scratch/here" }];
  const definition = await place.define(
    {},
    {
      family: "shared",
      volumes: [{ name: "scratch" }],
      containerDefinitions: [
        container("writer", "echo from the writer > /scratch/here/note", { mountPoints, essential: false }),
        container("reader", "cat /scratch/here/note; touch /scratch/here/x 2>/dev/null || echo closed", {
          volumesFrom: [{ sourceContainer: "writer", readOnly: true }],
          dependsOn: [{ containerName: "writer", condition: "SUCCESS" }],
        }),
      ],
    },
  );
  const { taskArn } = await place.run(definition);
  await place.reaches(taskArn!, "STOPPED");
  expect((await place.messages()).slice(-2)).toEqual(["from the writer", "closed"]);
});

test("without mount namespaces the path is a link as long as a task needs it; what is there already is left alone", async () => {
  await using test = await startTestCloud();
  const { linkFolder, unlinkFolders } = await import("../../../src/runtime/tasks/linked-folders.ts");
  const source = test.cloud.world.disk.path("file-systems", "fs-1");
  const target = join(test.folder, "mounted", "git");
  await test.cloud.world.disk.files.mkdir(source, { recursive: true });
  writeFileSync(join(source, "f"), "1");
  const binding = { source, target, readOnly: false };
  expect(await linkFolder(test.cloud, "one", binding)).toBeUndefined();
  expect(await linkFolder(test.cloud, "two", binding)).toBeUndefined();
  expect(readFileSync(join(target, "f"), "utf8")).toBe("1");
  expect(await linkFolder(test.cloud, "three", { ...binding, source: test.folder })).toContain("for another task already");
  expect(await linkFolder(test.cloud, "four", { ...binding, target: test.folder })).toContain("there is something at");
  expect(await linkFolder(test.cloud, "five", { ...binding, readOnly: true })).toContain("read-only");
  await unlinkFolders(test.cloud, "one");
  expect(existsSync(target)).toBe(true);
  await unlinkFolders(test.cloud, "two");
  expect(existsSync(target)).toBe(false);
  expect(existsSync(source)).toBe(true);
});

test("this machine has mount namespaces, or says why not", async () => {
  await using test = await startTestCloud();
  const found = await namespaces(test.cloud);
  if (process.platform === "linux") expect(found).toMatchObject({ unshare: expect.stringContaining("unshare") });
  else expect(found).toContain("no mount namespaces");
});
