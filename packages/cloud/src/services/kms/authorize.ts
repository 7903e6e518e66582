/** What each operation asks of policies: the key's own decides, and lets the account's decide where it says so; grants add to that. */
import type { Principal } from "../../identity/principal.ts";
import type { Authorization, OperationContext } from "../../service.ts";
import { aliasArn, aliasesOf } from "./aliases.ts";
import { keyIdIn } from "./ciphertext.ts";
import { unknownCiphertext } from "./errors.ts";
import { type EncryptionContext, isGranted } from "./grants.ts";
import { findKey, type Key, keyArn, type Place } from "./key.ts";
import { aliasIn, peekKey } from "./key-reference.ts";

type Asking = Place & { principal: Principal };
type Conditions = Record<string, string | string[]>;

export interface Use {
  /** As `Decrypt`; policies say `kms:Decrypt`. */
  operation: string;
  context?: EncryptionContext | undefined;
  conditions?: Conditions;
  /** As the caller named the key. */
  reference?: string | undefined;
}

/** The right to do this with this key. Source of the keys: AWS KMS Developer Guide, "AWS KMS condition keys". */
export function useOf(asking: Asking, key: Key, { operation, context, conditions = {}, reference }: Use): Authorization {
  const { cloud, region, principal } = asking;
  const alias = reference === undefined ? undefined : aliasIn(reference);
  return {
    action: `kms:${operation}`,
    resource: key.arn,
    resourcePolicy: key.policy,
    closed: true,
    listAllows: isGranted(cloud, region, key.id, { principal, operation, context }),
    // Most policies name no key: what has to be looked up is, when one does.
    lateConditions: () => ({
      ...callerConditions(asking),
      ...keyConditions(asking, key),
      ...(alias !== undefined && { "kms:RequestAlias": alias }),
      ...contextConditions(context),
      ...conditions,
    }),
  };
}

function callerConditions({ principal, account }: Asking): Conditions {
  return {
    ...(principal.kind !== "service" && principal.kind !== "anonymous" && { "kms:CallerAccount": account }),
    ...(principal.via !== undefined && { "kms:ViaService": principal.via }),
  };
}

function keyConditions({ cloud, region }: Asking, key: Key): Conditions {
  const tags = Object.entries(key.tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value] as const);
  return {
    "kms:KeySpec": key.spec,
    "kms:KeyUsage": key.usage,
    "kms:KeyOrigin": key.origin,
    "kms:MultiRegion": String(key.multiRegion !== undefined),
    ...(key.multiRegion && { "kms:MultiRegionKeyType": key.multiRegion.type }),
    ...(key.managedFor === undefined && { "kms:ResourceAliases": aliasesOf(cloud, region, key.id).map(({ name }) => name) }),
    ...Object.fromEntries(tags),
  };
}

function contextConditions(context: EncryptionContext | undefined): Conditions {
  const pairs = Object.entries(context ?? {});
  if (pairs.length === 0) return {};
  return {
    "kms:EncryptionContextKeys": pairs.map(([name]) => name),
    ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
  };
}

interface KeyInput {
  KeyId?: string | undefined;
  EncryptionContext?: Record<string, string | undefined> | undefined;
}

/** For the table of operations: on the key that `KeyId` names. What is no key there, asks as if it were one. */
export const onKey =
  <I extends KeyInput>(operation: string, more: (input: I) => Conditions = () => ({})) =>
  (input: I, context: OperationContext): Authorization[] =>
    onReference(context, input.KeyId ?? "", {
      operation,
      context: input.EncryptionContext as EncryptionContext | undefined,
      conditions: more(input),
    });

export function onReference(context: OperationContext, reference: string, use: Use): Authorization[] {
  const key = peekKey(context, reference);
  return [key ? useOf(context, key, { ...use, reference }) : onNothing(context, reference, use.operation)];
}

/** Who may do it with every key is told that there is none; others that they may not. */
const onNothing = ({ account, region }: OperationContext, reference: string, operation: string): Authorization => ({
  action: `kms:${operation}`,
  resource: reference.startsWith("arn:") ? reference : keyArn({ account, region }, reference),
});

/** On the key that a ciphertext names, or that the caller says it names. */
export function onCiphertext(
  context: OperationContext,
  blob: Uint8Array | undefined,
  reference: string | undefined,
  use: Use,
): Authorization[] {
  const named = reference === undefined ? undefined : peekKey(context, reference);
  const id = blob && keyIdIn(blob);
  const key = named ?? (id === undefined ? undefined : findKey(context.cloud, context.region, id));
  // What no key of this Region encrypted, the operation refuses itself, in its own words.
  if (!key) return [];
  return [{ ...useOf(context, key, { ...use, reference }), ...(reference === undefined && { denial: unknownCiphertext }) }];
}

/** On an alias, which only policies of identities know. */
export const onAlias = (context: OperationContext, operation: string, name: string): Authorization => ({
  action: `kms:${operation}`,
  resource: aliasArn(context, name),
});
