/**
 * ECDSA over a digest that somebody else has computed (MessageType DIGEST), which node's own interface does not take: the multiplications of points are
 * OpenSSL's, by ECDH; only the arithmetic of numbers is done here. Source: FIPS 186-5, sections 6.4.1 and 6.4.2.
 */
import { createECDH, type KeyObject } from "node:crypto";
import type { Random } from "../../world.ts";

interface Curve {
  /** As OpenSSL calls it. */
  name: string;
  /** The order of its group. */
  n: bigint;
  /** Its field. */
  p: bigint;
  sizeBytes: number;
}

/** By node's names. Sources: SP 800-186, section 3.2.1; SEC 2, section 2.4.1. */
const curves: Readonly<Record<string, Curve>> = {
  prime256v1: {
    name: "prime256v1",
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    sizeBytes: 32,
  },
  secp384r1: {
    name: "secp384r1",
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    sizeBytes: 48,
  },
  secp521r1: {
    name: "secp521r1",
    n: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    p: (1n << 521n) - 1n,
    sizeBytes: 66,
  },
  secp256k1: {
    name: "secp256k1",
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
    sizeBytes: 32,
  },
};

/** The signature in DER. */
export function signDigest(random: Random, privateKey: KeyObject, digest: Uint8Array): Buffer {
  const curve = curveOf(privateKey);
  const d = number(privateKey.export({ format: "jwk" }).d!);
  const z = leftmost(digest, curve);
  for (;;) {
    const k = (toBigInt(random.bytes(curve.sizeBytes + 8)) % (curve.n - 1n)) + 1n;
    const r = times(curve, k).x % curve.n;
    const s = mod(inverse(k, curve.n) * mod(z + r * d, curve.n), curve.n);
    if (r !== 0n && s !== 0n) return der(r, s);
  }
}

/** Whether a signature in DER is that of the digest. */
export function verifyDigest(publicKey: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const curve = curveOf(publicKey);
  const pair = parts(signature);
  if (!pair) return false;
  const [r, s] = pair;
  if (r <= 0n || s <= 0n || r >= curve.n || s >= curve.n) return false;
  const jwk = publicKey.export({ format: "jwk" });
  const q = { x: number(jwk.x!), y: number(jwk.y!) };
  // R = z/s·G + r/s·Q = r/s·(z/r·G + Q): one addition of points, and two multiplications that OpenSSL does.
  const ratio = mod(leftmost(digest, curve) * inverse(r, curve.n), curve.n);
  const sum = ratio === 0n ? q : added(curve, times(curve, ratio), q);
  if (!sum) return false;
  const ecdh = createECDH(curve.name);
  ecdh.setPrivateKey(bytesOf(mod(r * inverse(s, curve.n), curve.n), curve.sizeBytes));
  const x = toBigInt(
    ecdh.computeSecret(Buffer.concat([Buffer.from([4]), bytesOf(sum.x, curve.sizeBytes), bytesOf(sum.y, curve.sizeBytes)])),
  );
  return x % curve.n === r;
}

interface Point {
  x: bigint;
  y: bigint;
}

function curveOf({ asymmetricKeyDetails }: KeyObject): Curve {
  return curves[asymmetricKeyDetails!.namedCurve!]!;
}

/** k·G. */
function times(curve: Curve, k: bigint): Point {
  const ecdh = createECDH(curve.name);
  ecdh.setPrivateKey(bytesOf(k, curve.sizeBytes));
  const point = ecdh.getPublicKey();
  return { x: toBigInt(point.subarray(1, 1 + curve.sizeBytes)), y: toBigInt(point.subarray(1 + curve.sizeBytes)) };
}

/** The sum of two points that differ by more than their sign; nothing, where they do not, which no honest signature leads to. */
function added({ p }: Curve, one: Point, other: Point): Point | undefined {
  if (one.x === other.x) return undefined;
  const slope = mod((other.y - one.y) * inverse(mod(other.x - one.x, p), p), p);
  const x = mod(slope * slope - one.x - other.x, p);
  return { x, y: mod(slope * (one.x - x) - one.y, p) };
}

/** As many of the digest's bits, from the left, as the order has. */
function leftmost(digest: Uint8Array, { n }: Curve): bigint {
  const surplus = digest.length * 8 - n.toString(2).length;
  const value = toBigInt(digest);
  return surplus > 0 ? value >> BigInt(surplus) : value;
}

const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

/** By Euclid's algorithm. */
function inverse(value: bigint, by: bigint): bigint {
  let [a, b, x, y] = [mod(value, by), by, 1n, 0n];
  while (a !== 0n) {
    const quotient = b / a;
    [a, b] = [b - quotient * a, a];
    [x, y] = [y - quotient * x, x];
  }
  return mod(y, by);
}

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
const number = (base64url: string): bigint => toBigInt(Buffer.from(base64url, "base64url"));
const bytesOf = (value: bigint, sizeBytes: number): Buffer => Buffer.from(value.toString(16).padStart(sizeBytes * 2, "0"), "hex");

function der(r: bigint, s: bigint): Buffer {
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, ...lengthOf(body.length)]), body]);
}

function integer(value: bigint): Buffer {
  const text = value.toString(16);
  const bytes = Buffer.from(text.length % 2 === 0 ? text : `0${text}`, "hex");
  const positive = bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, positive.length]), positive]);
}

const lengthOf = (length: number): number[] => (length < 0x80 ? [length] : [0x81, length]);

function parts(signature: Uint8Array): [bigint, bigint] | undefined {
  const bytes = Buffer.from(signature);
  if (bytes[0] !== 0x30) return undefined;
  let at = bytes[1] === 0x81 ? 3 : 2;
  if (at + bytes[at - 1]! !== bytes.length) return undefined;
  const values: bigint[] = [];
  for (let each = 0; each < 2; each++) {
    const length = bytes[at + 1];
    if (bytes[at] !== 2 || length === undefined || length === 0 || at + 2 + length > bytes.length) return undefined;
    values.push(toBigInt(bytes.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return at === bytes.length ? [values[0]!, values[1]!] : undefined;
}
