/** How the other services use keys: with the rights of whoever called them, as AWS forwards callers. */
import type { Cloud } from "../../cloud.ts";
import { demand } from "../../identity/authorize.ts";
import { forwarded } from "../../identity/principal.ts";
import { type KeyUser, placeKeys } from "../../runtime/encryption-keys.ts";
import { useOf } from "./authorize.ts";
import { keyIdIn } from "./ciphertext.ts";
import { checkUse, decryptWith, encryptWith } from "./encryption.ts";
import { invalidCiphertext, unknownCiphertext } from "./errors.ts";
import { findKey, type Key } from "./key.ts";
import { resolveKey } from "./key-reference.ts";

const algorithm = "SYMMETRIC_DEFAULT";

export function offerKeys(cloud: Cloud): void {
  const { account } = cloud;
  const place = (region: string) => ({ cloud, account, region });

  const permit = (user: KeyUser, key: Key, operation: string, reference?: string) => {
    // Of a key that AWS manages for the service, the account's root always may: its policy cannot be changed.
    if (key.managedFor === user.service && user.principal.kind === "root") return;
    const asking = { ...place(user.region), principal: forwarded(user.principal, user.service, user.region) };
    demand("kms", asking, {
      ...useOf(asking, key, { operation, context: user.context, reference }),
      ...(operation === "Decrypt" && { denial: unknownCiphertext }),
    });
  };
  const named = (user: KeyUser, reference: string) => resolveKey(place(user.region), reference, { make: true });

  placeKeys(cloud, {
    arnOf: (region, reference) => resolveKey(place(region), reference, { make: true }).arn,
    check(user, reference, operations) {
      const key = named(user, reference);
      for (const operation of operations) permit(user, key, operation, reference);
      checkUse(cloud, key, { algorithm, operation: operations[0] ?? "Encrypt" });
    },
    encrypt(user, reference, plaintext) {
      const key = named(user, reference);
      permit(user, key, "Encrypt", reference);
      return encryptWith(cloud, key, plaintext, { algorithm, context: user.context ?? {}, operation: "Encrypt" });
    },
    generateDataKey(user, reference) {
      const key = named(user, reference);
      permit(user, key, "GenerateDataKey", reference);
      const plaintext = cloud.world.random.bytes(32);
      const ciphertext = encryptWith(cloud, key, plaintext, { algorithm, context: user.context ?? {}, operation: "GenerateDataKey" });
      return { keyId: key.id, plaintext, ciphertext };
    },
    decrypt(user, ciphertext) {
      const id = keyIdIn(ciphertext);
      if (id === undefined) throw invalidCiphertext();
      const key = findKey(cloud, user.region, id);
      if (!key) throw unknownCiphertext();
      permit(user, key, "Decrypt");
      return decryptWith(cloud, key, ciphertext, { algorithm, context: user.context ?? {}, operation: "Decrypt" });
    },
  });
}
