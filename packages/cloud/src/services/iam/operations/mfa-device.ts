/** The operations on MFA devices. A virtual one's codes are checked against its seed; a hardware one's cannot be, and are taken as they come. */
import type { VirtualMFADevice } from "@aws-sdk/client-iam";
import { AwsError } from "../../../aws-error.ts";
import { users } from "../../../identity/entities.ts";
import { areConsecutive, base32 } from "../../../identity/totp.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describedUser } from "../described.ts";
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity } from "../errors.ts";
import { check, checkedPath, checkedTags, mergedTags, tagList, withoutTags } from "../names.ts";
import { page } from "../pages.ts";
import { devicesOf, type MfaDeviceRecord, mfaDevices } from "../user-things.ts";
import { mustFindUser, namedOrCalling } from "./user.ts";

const mostDevices = 8;

const serialConstraint = { length: [9, 256] as const, pattern: "[\\w+=/:,.@-]+" };

function mustFind(context: OperationContext, serial: string): MfaDeviceRecord {
  check({ serialNumber: [serial, serialConstraint] });
  const found = mfaDevices(context.cloud).get("global", serial);
  if (!found) throw noSuchEntity(`VirtualMFADevice with serial number ${serial} doesn't exist.`);
  return found;
}

const keep = (context: OperationContext, device: MfaDeviceRecord) => mfaDevices(context.cloud).put("global", device.serial, device);

export const createVirtualMFADevice = operation("iam", "CreateVirtualMFADevice", (input, context) => {
  check({ virtualMFADeviceName: [input.VirtualMFADeviceName, { length: [1, 226], pattern: "[\\w+=,.@-]+" }] });
  const path = checkedPath(input.Path);
  const tags = checkedTags(input.Tags);
  const serial = `arn:aws:iam::${context.account}:mfa${path}${input.VirtualMFADeviceName}`;
  if (mfaDevices(context.cloud).has("global", serial))
    throw entityAlreadyExists("MFADevice entity at the same path and name already exists.");
  const seed = context.cloud.world.random.bytes(40);
  keep(context, { serial, seed: Buffer.from(seed).toString("hex"), tags });
  return {
    VirtualMFADevice: {
      SerialNumber: serial,
      Base32StringSeed: Buffer.from(base32(seed)),
      ...(Object.keys(tags).length > 0 && { Tags: tagList(tags) }),
    },
  };
});

export const deleteVirtualMFADevice = operation("iam", "DeleteVirtualMFADevice", (input, context) => {
  const device = mustFind(context, input.SerialNumber!);
  if (device.userId !== undefined) throw deleteConflict("MFA VirtualDevice in use. Must deactivate first.");
  mfaDevices(context.cloud).delete("global", device.serial);
  return {};
});

function checkCodes(context: OperationContext, device: MfaDeviceRecord, first: string, second: string): void {
  const code = { length: [6, 6] as const, pattern: "[\\d]+" };
  check({ authenticationCode1: [first, code], authenticationCode2: [second, code] });
  if (device.seed !== undefined && !areConsecutive(Buffer.from(device.seed, "hex"), first, second, context.cloud.world.clock.nowMs()))
    throw new AwsError("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403);
}

export const enableMFADevice = operation("iam", "EnableMFADevice", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  const serial = input.SerialNumber!;
  const device = serial.startsWith("arn:")
    ? mustFind(context, serial)
    : (mfaDevices(context.cloud).get("global", serial) ?? { serial, tags: {} });
  check({ serialNumber: [serial, serialConstraint] });
  if (device.userId !== undefined) throw entityAlreadyExists("MFA Device is already in use.");
  if (devicesOf(context.cloud, user).length >= mostDevices)
    throw limitExceeded(`Cannot exceed quota for MfaDevicesPerUser: ${mostDevices}`);
  checkCodes(context, device, input.AuthenticationCode1!, input.AuthenticationCode2!);
  keep(context, { ...device, userId: user.id, enabledMs: context.cloud.world.clock.nowMs() });
  return {};
});

function mustHave(context: OperationContext, userName: string | undefined, serial: string): MfaDeviceRecord {
  const user = namedOrCalling(context, userName);
  const device = mfaDevices(context.cloud).get("global", serial);
  if (device?.userId !== user.id) throw noSuchEntity(`MFA Device invalid for user ${user.name}.`);
  return device;
}

export const resyncMFADevice = operation("iam", "ResyncMFADevice", (input, context) => {
  const device = mustHave(context, input.UserName, input.SerialNumber!);
  checkCodes(context, device, input.AuthenticationCode1!, input.AuthenticationCode2!);
  return {};
});

export const deactivateMFADevice = operation("iam", "DeactivateMFADevice", (input, context) => {
  const { userId: _u, enabledMs: _e, ...device } = mustHave(context, input.UserName, input.SerialNumber!);
  // A hardware device is known only while a user has it.
  if (device.seed === undefined) mfaDevices(context.cloud).delete("global", device.serial);
  else keep(context, device);
  return {};
});

export const listMFADevices = operation("iam", "ListMFADevices", (input, context) => {
  const user = namedOrCalling(context, input.UserName);
  const { items, rest } = page(devicesOf(context.cloud, user), input, `mfa ${user.id}`, ({ serial }) => serial);
  return {
    MFADevices: items.map(({ serial, enabledMs }) => ({ UserName: user.name, SerialNumber: serial, EnableDate: new Date(enabledMs!) })),
    ...rest,
  };
});

export const getMFADevice = operation("iam", "GetMFADevice", (input, context) => {
  const device = mustFind(context, input.SerialNumber!);
  const owner = users(context.cloud)
    .list()
    .find(({ id }) => id === device.userId);
  return {
    SerialNumber: device.serial,
    ...(owner && { UserName: owner.name, EnableDate: new Date(device.enabledMs!) }),
  };
});

export const listVirtualMFADevices = operation("iam", "ListVirtualMFADevices", (input, context) => {
  const assignment = input.AssignmentStatus ?? "Any";
  check({ assignmentStatus: [assignment, { enum: ["Assigned", "Unassigned", "Any"] }] });
  const found = mfaDevices(context.cloud)
    .list("global")
    .filter(({ seed, userId }) => seed !== undefined && (assignment === "Any" || (assignment === "Assigned") === (userId !== undefined)));
  const { items, rest } = page(found, input, `virtual mfa ${assignment}`, ({ serial }) => serial);
  const owners = users(context.cloud).list();
  return {
    VirtualMFADevices: items.map((device): VirtualMFADevice => {
      const owner = owners.find(({ id }) => id === device.userId);
      return {
        SerialNumber: device.serial,
        ...(owner && { User: describedUser(owner), EnableDate: new Date(device.enabledMs!) }),
        ...(Object.keys(device.tags).length > 0 && { Tags: tagList(device.tags) }),
      };
    }),
    ...rest,
  };
});

export const tagMFADevice = operation("iam", "TagMFADevice", (input, context) => {
  const device = mustFind(context, input.SerialNumber!);
  keep(context, { ...device, tags: mergedTags(device.tags, checkedTags(input.Tags)) });
  return {};
});

export const untagMFADevice = operation("iam", "UntagMFADevice", (input, context) => {
  const device = mustFind(context, input.SerialNumber!);
  keep(context, { ...device, tags: withoutTags(device.tags, input.TagKeys!) });
  return {};
});

export const listMFADeviceTags = operation("iam", "ListMFADeviceTags", (input, context) => {
  const { serial, tags } = mustFind(context, input.SerialNumber!);
  const { items, rest } = page(tagList(tags), input, `tags ${serial}`, ({ Key }) => Key);
  return { Tags: items, ...rest };
});
