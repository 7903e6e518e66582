/** Kinds of keys: what each can be used for, by which algorithms. Source: AWS KMS Developer Guide, "Key spec reference". */
import { notServedHere, validation } from "./errors.ts";

export type KeyUsage = "ENCRYPT_DECRYPT" | "SIGN_VERIFY" | "GENERATE_VERIFY_MAC" | "KEY_AGREEMENT";

export type KeySpec =
  | "SYMMETRIC_DEFAULT"
  | `RSA_${"2048" | "3072" | "4096"}`
  | "ECC_NIST_P256"
  | "ECC_NIST_P384"
  | "ECC_NIST_P521"
  | "ECC_SECG_P256K1"
  | "ECC_NIST_EDWARDS25519"
  | `HMAC_${"224" | "256" | "384" | "512"}`;

export type EncryptionAlgorithm = "SYMMETRIC_DEFAULT" | "RSAES_OAEP_SHA_1" | "RSAES_OAEP_SHA_256";
export type SigningAlgorithm =
  | `RSASSA_${"PKCS1_V1_5" | "PSS"}_SHA_${"256" | "384" | "512"}`
  | `ECDSA_SHA_${"256" | "384" | "512"}`
  | "ED25519_SHA_512";
export type MacAlgorithm = `HMAC_SHA_${"224" | "256" | "384" | "512"}`;

interface Kind {
  usages: readonly KeyUsage[];
  encryption?: readonly EncryptionAlgorithm[];
  signing?: readonly SigningAlgorithm[];
  mac?: readonly MacAlgorithm[];
}

const rsa: Kind = {
  usages: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  encryption: ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
  signing: [
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
  ],
};
const curve = (signing: SigningAlgorithm, agreement = true): Kind => ({
  usages: agreement ? ["SIGN_VERIFY", "KEY_AGREEMENT"] : ["SIGN_VERIFY"],
  signing: [signing],
});
const hmac = (mac: MacAlgorithm): Kind => ({ usages: ["GENERATE_VERIFY_MAC"], mac: [mac] });

/** AWS's model lists them in this order in its messages. */
const kinds: Readonly<Record<KeySpec, Kind>> = {
  RSA_2048: rsa,
  ECC_NIST_P384: curve("ECDSA_SHA_384"),
  ECC_NIST_P256: curve("ECDSA_SHA_256"),
  ECC_NIST_P521: curve("ECDSA_SHA_512"),
  HMAC_384: hmac("HMAC_SHA_384"),
  RSA_3072: rsa,
  ECC_SECG_P256K1: curve("ECDSA_SHA_256", false),
  RSA_4096: rsa,
  SYMMETRIC_DEFAULT: { usages: ["ENCRYPT_DECRYPT"], encryption: ["SYMMETRIC_DEFAULT"] },
  HMAC_256: hmac("HMAC_SHA_256"),
  HMAC_224: hmac("HMAC_SHA_224"),
  HMAC_512: hmac("HMAC_SHA_512"),
  ECC_NIST_EDWARDS25519: curve("ED25519_SHA_512", false),
};

/** AWS has them; node's cryptography here does not do them everywhere. */
const notHere = ["SM2", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87"];

export const keySpecs: readonly string[] = [...Object.keys(kinds), ...notHere];
export const keyUsages: readonly KeyUsage[] = ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
export const encryptionAlgorithms = ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"];
export const macAlgorithms = ["HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512"];
export const signingAlgorithms: readonly string[] = [
  ...rsa.signing!,
  "ECDSA_SHA_256",
  "ECDSA_SHA_384",
  "ECDSA_SHA_512",
  "SM2DSA",
  "ML_DSA_SHAKE_256",
  "ED25519_SHA_512",
  "ED25519_PH_SHA_512",
];

/** The spec of a key or data key pair that is to be made; `given` is one of AWS's already. */
export function servedSpec(given: string): KeySpec {
  if (notHere.includes(given)) throw notServedHere(`make keys of the spec ${given}`);
  return given as KeySpec;
}

/** The usage of a key that is to be made. */
export function usageOf(spec: KeySpec, given: KeyUsage | undefined): KeyUsage {
  if (given === undefined && spec !== "SYMMETRIC_DEFAULT") {
    throw validation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  }
  const usage = given ?? "ENCRYPT_DECRYPT";
  if (!kinds[spec].usages.includes(usage)) throw validation(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  return usage;
}

/** As DescribeKey and GetPublicKey name them. */
export function algorithmsOf(spec: KeySpec, usage: KeyUsage) {
  const { encryption = [], signing = [], mac = [] } = kinds[spec];
  return {
    ...(usage === "ENCRYPT_DECRYPT" && { EncryptionAlgorithms: [...encryption] }),
    ...(usage === "SIGN_VERIFY" && { SigningAlgorithms: [...signing] }),
    ...(usage === "GENERATE_VERIFY_MAC" && { MacAlgorithms: [...mac] }),
    ...(usage === "KEY_AGREEMENT" && { KeyAgreementAlgorithms: ["ECDH" as const] }),
  };
}

export const isSymmetric = (spec: KeySpec): boolean => spec === "SYMMETRIC_DEFAULT" || isHmac(spec);
export const isHmac = (spec: KeySpec): boolean => spec.startsWith("HMAC_");

/** Whether a key of this spec works by `algorithm`. */
export function works(spec: KeySpec, algorithm: string): boolean {
  const { encryption = [], signing = [], mac = [] } = kinds[spec];
  return [...encryption, ...signing, ...mac].includes(algorithm as EncryptionAlgorithm);
}
