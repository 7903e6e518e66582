/** Random values of AWS's shapes, as its clients take and give them. */
import * as fc from "fast-check";
import type { Member, Scalar, Shape, Structure } from "../../src/wire/model.ts";

export interface AnyValueOptions {
  /** Members to leave out: what a client changes or checks on its way. */
  skip(member: Member): boolean;
}

const deepestOptional = 3;

/** Printable, with what XML, JSON and URLs have to escape; no white space at the ends, which XML readers may trim. */
const text = fc.stringMatching(/^[A-Za-z0-9_][ -~\n]{0,12}[A-Za-z0-9_üß漢😀&<>"'%+/=]$/u);
/** Fit for headers and paths. */
const plainText = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9 ._~+&=%-]{0,10}[A-Za-z0-9])?$/);
const seconds = fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }).map((epochSeconds) => new Date(epochSeconds * 1000));

export function anyValue(shape: Shape, options: AnyValueOptions, depth = 0, plain = false): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "structure":
      return anyStructure(shape, options, depth);
    case "list":
      return fc.array(anyValue(shape.member.shape, options, depth + 1, plain), { minLength: 1, maxLength: 2 });
    case "map": {
      const key = plain ? fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/) : text;
      return fc.dictionary(key, anyValue(shape.value.shape, options, depth + 1, plain), { minKeys: 1, maxKeys: 2, noNullPrototype: true });
    }
    default:
      return anyScalar(shape, plain);
  }
}

function anyScalar(shape: Scalar, plain: boolean): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "number":
      return fc.integer({ min: 0, max: 1_000_000 });
    case "boolean":
      return fc.boolean();
    case "timestamp":
      return seconds;
    case "blob":
    case "stream":
      return fc.uint8Array({ minLength: 1, maxLength: 20 });
    default:
      return plain ? plainText : text;
  }
}

function anyStructure(shape: Structure, options: AnyValueOptions, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const members = [...shape.members.values()].filter((member) => !options.skip(member));
  const valueOf = (member: Member) => {
    const { traits } = member;
    const inHead = traits.httpHeader ?? traits.httpPrefixHeaders ?? traits.httpLabel;
    return anyValue(member.shape, options, depth + 1, inHead !== undefined);
  };
  if (shape.union) {
    const simple =
      depth > deepestOptional ? members.filter(({ shape: each }) => each.kind !== "structure" && each.kind !== "list") : members;
    const choices = simple.length > 0 ? simple : members;
    return fc.nat(choices.length - 1).chain((index) => {
      const member = choices[index]!;
      return valueOf(member).map((value) => ({ [member.name]: value }));
    });
  }
  const needed = members.filter(({ required, traits }) => required || traits.httpPayload === 1);
  const others = members.filter((member) => !needed.includes(member));
  // Queries and XML cannot tell an empty structure from none, so those inside have something in them.
  const least = depth > 0 && needed.length === 0 ? Math.min(1, others.length) : 0;
  const simple = others.filter(({ shape: each }) => each.kind !== "structure" && each.kind !== "list" && each.kind !== "map");
  const optional = depth <= deepestOptional ? others : simple.length > 0 ? simple : others.slice(0, 1);
  const chosen = fc.subarray(optional, { minLength: least, maxLength: depth > deepestOptional ? least : Math.min(optional.length, 6) });
  return chosen.chain((some) =>
    fc.record(Object.fromEntries([...needed, ...some].map((member) => [member.name, valueOf(member)])), {
      noNullPrototype: true,
    }),
  );
}
