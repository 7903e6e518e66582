/** The operations on passwords of single services. They are recorded: none of these services is served here. */
import type { ServiceSpecificCredential } from "@aws-sdk/client-iam";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { limitExceeded, noSuchEntity } from "../errors.ts";
import { check } from "../names.ts";
import { page } from "../pages.ts";
import { checkedStatus, type ServiceCredentialRecord, serviceCredentials } from "../user-things.ts";
import { users } from "../../../identity/entities.ts";
import { mustFindUser, namedOrCalling } from "./user.ts";

const mostPerService = 2;
/** Those whose password is one secret, with an alias in the place of a user name. */
const secretServices = ["bedrock.amazonaws.com", "logs.amazonaws.com"];
const services = ["codecommit.amazonaws.com", "cassandra.amazonaws.com", ...secretServices];
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function checkedService(service: string): string {
  if (!services.includes(service))
    throw new AwsError("NotSupportedService", `No such service ${service} is supported for Service Specific Credentials`, 404);
  return service;
}

const metadata = (userName: string, record: ServiceCredentialRecord) => ({
  UserName: userName,
  Status: record.status,
  ServiceName: record.service,
  ...(secretServices.includes(record.service) ? { ServiceCredentialAlias: record.name } : { ServiceUserName: record.name }),
  CreateDate: new Date(record.createdMs),
  ...(record.expiresMs !== undefined && { ExpirationDate: new Date(record.expiresMs) }),
  ServiceSpecificCredentialId: record.id,
});

function withPassword(context: OperationContext, userName: string, record: ServiceCredentialRecord): ServiceSpecificCredential {
  const { random } = context.cloud.world;
  return {
    ...metadata(userName, record),
    ...(secretServices.includes(record.service)
      ? { ServiceCredentialSecret: random.text(128, letters) }
      : { ServicePassword: `${random.text(43, `${letters}+/`)}=` }),
  };
}

function mustFind(context: OperationContext, userName: string | undefined, id: string) {
  const user = namedOrCalling(context, userName);
  const record = serviceCredentials(context.cloud)
    .of(user)
    .find((one) => one.id === id);
  if (!record) throw noSuchEntity(`No such credential ${id} exists`);
  return { user, record };
}

export const createServiceSpecificCredential = operation("iam", "CreateServiceSpecificCredential", (input, context) => {
  check({ credentialAgeDays: [input.CredentialAgeDays, { range: [1, 36_600] }] });
  const user = mustFindUser(context, input.UserName!);
  const service = checkedService(input.ServiceName!);
  const own = serviceCredentials(context.cloud)
    .of(user)
    .filter((one) => one.service === service);
  if (own.length >= mostPerService) throw limitExceeded(`Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${mostPerService}`);
  const { clock, random } = context.cloud.world;
  const now = clock.nowMs();
  const record: ServiceCredentialRecord = {
    id: `ACCA${random.text(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    userId: user.id,
    status: "Active",
    createdMs: now,
    service,
    name: `${user.name}${own.length === 0 ? "" : `+${own.length}`}-at-${context.account}`,
    ...(input.CredentialAgeDays !== undefined && { expiresMs: now + input.CredentialAgeDays * 24 * 3_600_000 }),
  };
  serviceCredentials(context.cloud).put(record);
  return { ServiceSpecificCredential: withPassword(context, user.name, record) };
});

export const listServiceSpecificCredentials = operation("iam", "ListServiceSpecificCredentials", (input, context) => {
  const service = input.ServiceName === undefined ? undefined : checkedService(input.ServiceName);
  const owners = input.AllUsers ? users(context.cloud).list() : [namedOrCalling(context, input.UserName)];
  const found = owners.flatMap((user) =>
    serviceCredentials(context.cloud)
      .of(user)
      .filter((one) => service === undefined || one.service === service)
      .map((record) => ({ user, record })),
  );
  const query = `service credentials ${input.AllUsers ? "" : owners[0]!.id} ${service}`;
  const { items, rest } = page(found, input, query, ({ record }) => record.id);
  return { ServiceSpecificCredentials: items.map(({ user, record }) => metadata(user.name, record)), ...rest };
});

export const updateServiceSpecificCredential = operation("iam", "UpdateServiceSpecificCredential", (input, context) => {
  const { record } = mustFind(context, input.UserName, input.ServiceSpecificCredentialId!);
  serviceCredentials(context.cloud).put({ ...record, status: checkedStatus(input.Status) });
  return {};
});

export const resetServiceSpecificCredential = operation("iam", "ResetServiceSpecificCredential", (input, context) => {
  const { user, record } = mustFind(context, input.UserName, input.ServiceSpecificCredentialId!);
  return { ServiceSpecificCredential: withPassword(context, user.name, record) };
});

export const deleteServiceSpecificCredential = operation("iam", "DeleteServiceSpecificCredential", (input, context) => {
  serviceCredentials(context.cloud).delete(mustFind(context, input.UserName, input.ServiceSpecificCredentialId!).record);
  return {};
});
