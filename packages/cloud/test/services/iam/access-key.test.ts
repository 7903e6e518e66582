/** Users' access keys over HTTP: what a key that rests, was taken back, or whose user was renamed may do. */
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { startTestServer } from "../../server.ts";

test("a key acts for its user, rests, works again, follows a new name, and is gone for good", async () => {
  await using server = await startTestServer();
  const root = new IAMClient(server.client);
  await server.call("iam", "CreateUser", { UserName: "ann" });
  const PolicyArn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
  await server.call("iam", "AttachUserPolicy", { UserName: "ann", PolicyArn });
  const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName: "ann" }));
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const ann = new IAMClient({ ...server.client, credentials });
  const me = async () => (await ann.send(new GetUserCommand({}))).User!.UserName;
  const use = async () => (await root.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: credentials.accessKeyId }))).AccessKeyLastUsed;
  expect(await use()).toEqual({ ServiceName: "N/A", Region: "N/A" });
  expect(await me()).toBe("ann");
  expect(await use()).toEqual({ ServiceName: "iam", Region: server.region, LastUsedDate: expect.any(Date) });
  await expect(new EC2Client({ ...server.client, credentials }).send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
    name: "UnauthorizedOperation",
    message: expect.stringMatching(/user\/ann is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows/),
  });
  const refused = { name: "InvalidClientTokenId", message: "The security token included in the request is invalid." };
  const set = (Status: "Active" | "Inactive") =>
    root.send(new UpdateAccessKeyCommand({ UserName: "ann", AccessKeyId: credentials.accessKeyId, Status }));
  await set("Inactive");
  await expect(me()).rejects.toMatchObject(refused);
  await set("Active");
  await root.send(new UpdateUserCommand({ UserName: "ann", NewUserName: "anna" }));
  expect(await me()).toBe("anna");
  await root.send(new DeleteAccessKeyCommand({ UserName: "anna", AccessKeyId: credentials.accessKeyId }));
  await expect(me()).rejects.toMatchObject(refused);
  expect(server.reported).toEqual([]);
});
