/** What stands around zones: VPCs, delegation sets, tags, query logs, limits, and who may do what. */
import { Route53Client, ListHostedZonesCommand, ChangeResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import { expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";
import { dnsPlace, resolverAt } from "./resolver.ts";

async function vpcs({ call }: TestServer): Promise<string[]> {
  const made = await Promise.all(["10.1.0.0/16", "10.2.0.0/16"].map((CidrBlock) => call("ec2", "CreateVpc", { CidrBlock })));
  return made.map(({ Vpc }) => Vpc!.VpcId!);
}

test("a private zone belongs to VPCs, at least to one, and no two of one name to the same", async () => {
  await using server = await startTestServer();
  const { call } = server;
  const [first, second] = await vpcs(server);
  const vpc = (VPCId: string) => ({ VPCId, VPCRegion: "eu-central-1" as const });
  const { HostedZone, VPC, DelegationSet } = await call("route53", "CreateHostedZone", {
    Name: "internal.example",
    CallerReference: "1",
    VPC: vpc(first!),
  });
  expect([HostedZone!.Config!.PrivateZone, VPC, DelegationSet]).toEqual([true, vpc(first!), undefined]);
  const id = HostedZone!.Id!;
  const associated = async () => (await call("route53", "GetHostedZone", { Id: id })).VPCs!.map(({ VPCId }) => VPCId);
  await call("route53", "AssociateVPCWithHostedZone", { HostedZoneId: id, VPC: vpc(second!) });
  expect(await associated()).toEqual([first, second]);
  const listed = await call("route53", "ListHostedZonesByVPC", { VPCId: second!, VPCRegion: "eu-central-1" });
  expect(listed.HostedZoneSummaries).toEqual([
    { HostedZoneId: id.replace("/hostedzone/", ""), Name: "internal.example.", Owner: { OwningAccount: "123456789012" } },
  ]);
  await expect(
    call("route53", "CreateHostedZone", { Name: "internal.example", CallerReference: "2", VPC: vpc(second!) }),
  ).rejects.toMatchObject({ code: "ConflictingDomainExists" });
  await expect(call("route53", "CreateHostedZone", { Name: "x.example", CallerReference: "3", VPC: vpc("vpc-0") })).rejects.toMatchObject({
    code: "InvalidVPCId",
  });
  await call("route53", "DisassociateVPCFromHostedZone", { HostedZoneId: id, VPC: vpc(first!) });
  await expect(call("route53", "DisassociateVPCFromHostedZone", { HostedZoneId: id, VPC: vpc(second!) })).rejects.toMatchObject({
    code: "LastVPCAssociation",
  });
  const open = (await call("route53", "CreateHostedZone", { Name: "open.example", CallerReference: "4" })).HostedZone!.Id!;
  await expect(call("route53", "AssociateVPCWithHostedZone", { HostedZoneId: open, VPC: vpc(first!) })).rejects.toMatchObject({
    code: "PublicZoneVPCAssociation",
  });
  // This machine stands inside of every VPC.
  await call("route53", "ChangeResourceRecordSets", {
    HostedZoneId: id,
    ChangeBatch: {
      Changes: [
        {
          Action: "CREATE",
          ResourceRecordSet: { Name: "db.internal.example", Type: "A", TTL: 5, ResourceRecords: [{ Value: "10.1.0.9" }] },
        },
      ],
    },
  });
  expect(await resolverAt(await dnsPlace(server.endpoint)).resolve4("db.internal.example")).toEqual(["10.1.0.9"]);
});

test("zones of one delegation set share its name servers, unless one lies in the other", async () => {
  await using server = await startTestServer();
  const { call } = server;
  const { DelegationSet } = await call("route53", "CreateReusableDelegationSet", { CallerReference: "set" });
  const { Id, NameServers } = DelegationSet!;
  expect([Id, NameServers!.length]).toEqual([expect.stringMatching(/^\/delegationset\/N[A-Z0-9]{20}$/), 4]);
  const make = (Name: string) => call("route53", "CreateHostedZone", { Name, CallerReference: Name, DelegationSetId: Id! });
  expect((await make("one.example")).DelegationSet).toEqual({ Id, NameServers });
  expect((await make("two.example")).DelegationSet!.NameServers).toEqual(NameServers);
  await expect(make("sub.one.example")).rejects.toMatchObject({ code: "ConflictingDomainExists" });
  await expect(call("route53", "DeleteReusableDelegationSet", { Id: Id! })).rejects.toMatchObject({ code: "DelegationSetInUse" });
  await expect(call("route53", "GetReusableDelegationSet", { Id: "N0" })).rejects.toMatchObject({ code: "NoSuchDelegationSet" });
  await expect(call("route53", "CreateReusableDelegationSet", { CallerReference: "set" })).rejects.toMatchObject({
    code: "DelegationSetAlreadyCreated",
  });
  const { HostedZone } = await call("route53", "CreateHostedZone", { Name: "three.example", CallerReference: "3" });
  const own = (await call("route53", "GetHostedZone", { Id: HostedZone!.Id! })).DelegationSet!.NameServers;
  const made = await call("route53", "CreateReusableDelegationSet", { CallerReference: "of three", HostedZoneId: HostedZone!.Id! });
  expect(made.DelegationSet!.NameServers).toEqual(own);
  expect((await call("route53", "ListReusableDelegationSets", {})).DelegationSets).toHaveLength(2);
});

test("tags, comments, counts and limits; query logging is kept with its log group", async () => {
  await using server = await startTestServer({ region: "us-east-1" });
  const { call } = server;
  const { HostedZone } = await call("route53", "CreateHostedZone", { Name: "example.com", CallerReference: "1" });
  const Id = HostedZone!.Id!;
  const tags = async () =>
    (await call("route53", "ListTagsForResource", { ResourceType: "hostedzone", ResourceId: Id })).ResourceTagSet!.Tags;
  await call("route53", "ChangeTagsForResource", {
    ResourceType: "hostedzone",
    ResourceId: Id,
    AddTags: [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ],
  });
  await call("route53", "ChangeTagsForResource", { ResourceType: "hostedzone", ResourceId: Id, RemoveTagKeys: ["a"] });
  expect(await tags()).toEqual([{ Key: "b", Value: "2" }]);
  const several = await call("route53", "ListTagsForResources", { ResourceType: "hostedzone", ResourceIds: [Id] });
  expect(several.ResourceTagSets).toEqual([{ ResourceType: "hostedzone", ResourceId: Id.slice(12), Tags: [{ Key: "b", Value: "2" }] }]);
  expect((await call("route53", "UpdateHostedZoneComment", { Id, Comment: "new" })).HostedZone!.Config!.Comment).toBe("new");
  expect((await call("route53", "GetHostedZoneCount", {})).HostedZoneCount).toBe(1);
  expect(await call("route53", "GetHostedZoneLimit", { HostedZoneId: Id, Type: "MAX_RRSETS_BY_ZONE" })).toEqual({
    Limit: { Type: "MAX_RRSETS_BY_ZONE", Value: 10_000 },
    Count: 2,
  });
  expect((await call("route53", "GetAccountLimit", { Type: "MAX_HOSTED_ZONES_BY_OWNER" })).Count).toBe(1);
  expect((await call("route53", "GetDNSSEC", { HostedZoneId: Id })).Status).toEqual({ ServeSignature: "NOT_SIGNING" });

  await call("logs", "CreateLogGroup", { logGroupName: "/aws/route53/example.com" });
  const arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/example.com";
  const log = (CloudWatchLogsLogGroupArn: string, HostedZoneId = Id) =>
    call("route53", "CreateQueryLoggingConfig", { HostedZoneId, CloudWatchLogsLogGroupArn });
  await expect(log(arn, "foo")).rejects.toMatchObject({ code: "NoSuchHostedZone" });
  await expect(log(arn.replace("us-east-1", "us-west-1"))).rejects.toMatchObject({
    code: "InvalidInput",
    message: "The ARN for the CloudWatch Logs log group is invalid.",
  });
  await expect(log(`${arn}.other`)).rejects.toMatchObject({ code: "NoSuchCloudWatchLogsLogGroup" });
  const { QueryLoggingConfig, Location } = await log(arn);
  expect(Location).toBe(`https://route53.amazonaws.com/2013-04-01/queryloggingconfig/${QueryLoggingConfig!.Id}`);
  await expect(log(arn)).rejects.toMatchObject({ code: "QueryLoggingConfigAlreadyExists" });
  expect((await call("route53", "ListQueryLoggingConfigs", {})).QueryLoggingConfigs).toEqual([QueryLoggingConfig]);
  await call("route53", "DeleteQueryLoggingConfig", { Id: QueryLoggingConfig!.Id! });
  await expect(call("route53", "GetQueryLoggingConfig", { Id: QueryLoggingConfig!.Id! })).rejects.toMatchObject({
    code: "NoSuchQueryLoggingConfig",
  });
});

test("a policy on one zone, and on the names and kinds of change in it, holds", async () => {
  await using server = await startTestServer();
  const { call } = server;
  const [own, other] = await Promise.all(
    ["own.example", "other.example"].map(async (Name) =>
      (await call("route53", "CreateHostedZone", { Name, CallerReference: Name })).HostedZone!.Id!.slice(12),
    ),
  );
  await call("iam", "CreateUser", { UserName: "dns" });
  await call("iam", "PutUserPolicy", {
    UserName: "dns",
    PolicyName: "p",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "route53:ChangeResourceRecordSets",
          Resource: `arn:aws:route53:::hostedzone/${own}`,
          Condition: {
            "ForAllValues:StringEquals": {
              "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
              "route53:ChangeResourceRecordSetsActions": ["CREATE", "UPSERT"],
            },
            "ForAllValues:StringLike": { "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_acme-challenge.*"] },
          },
        },
      ],
    }),
  });
  const { AccessKey } = await call("iam", "CreateAccessKey", { UserName: "dns" });
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const client = new Route53Client({ ...server.client, credentials });
  const upsert = (HostedZoneId: string, Name: string, Type: "TXT" | "A", Value: string) =>
    client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId,
        ChangeBatch: { Changes: [{ Action: "UPSERT", ResourceRecordSet: { Name, Type, TTL: 1, ResourceRecords: [{ Value }] } }] },
      }),
    );
  await upsert(own!, "_acme-challenge.Own.example", "TXT", '"x"');
  const denied = { name: "AccessDenied", $metadata: { httpStatusCode: 403 } };
  await expect(upsert(own!, "www.own.example", "TXT", '"x"')).rejects.toMatchObject(denied);
  await expect(upsert(own!, "_acme-challenge.own.example", "A", "192.0.2.1")).rejects.toMatchObject(denied);
  await expect(upsert(other!, "_acme-challenge.other.example", "TXT", '"x"')).rejects.toMatchObject({
    ...denied,
    message: expect.stringContaining(
      `not authorized to perform: route53:ChangeResourceRecordSets on resource: arn:aws:route53:::hostedzone/${other}`,
    ) as string,
  });
  await expect(client.send(new ListHostedZonesCommand({}))).rejects.toMatchObject(denied);
  client.destroy();
});
