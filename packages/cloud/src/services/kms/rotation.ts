/** Rotation: new material for a key, by itself as time passes or on demand. The old stays, so that what it encrypted opens. */
import type { Cloud } from "../../cloud.ts";
import { dayMs, type Key, putKey, relatedKeys } from "./key.ts";
import { type Material, materialsOf, newMaterialId, newSecret, putMaterials } from "./material.ts";

/** Automatic rotation from now on. Days: 90–2560. */
export const nextRotation = (periodDays: number, fromMs: number): NonNullable<Key["rotation"]> => ({
  periodDays,
  nextMs: fromMs + periodDays * dayMs,
});

/** Whose rotation a key has: a replica's is that of its primary. */
export const rotatedBy = (cloud: Cloud, key: Key): Key =>
  key.multiRegion?.type === "REPLICA" ? (relatedKeys(cloud, key.id)[0] ?? key) : key;

/** The key's materials, the oldest first, with those that fell due meanwhile. The last one encrypts. */
export function rotatedMaterials(cloud: Cloud, used: Key): readonly Material[] {
  const key = rotatedBy(cloud, used);
  const nowMs = cloud.world.clock.nowMs();
  if (key.rotation === undefined || key.rotation.nextMs > nowMs || !key.enabled) return materialsOf(cloud, key.id);
  let { nextMs } = key.rotation;
  const added: Material[] = [];
  for (; nextMs <= nowMs; nextMs += key.rotation.periodDays * dayMs) added.push(newMaterial(cloud, key, "AUTOMATIC", nextMs));
  return cloud.store.transaction(() => {
    putMaterials(cloud, key.id, [...materialsOf(cloud, key.id), ...added]);
    putKey(cloud, { ...key, rotation: { ...key.rotation!, nextMs } });
    return materialsOf(cloud, key.id);
  });
}

/** Rotates at once; the next automatic one stays when it was to be. */
export function rotateNow(cloud: Cloud, key: Key): void {
  putMaterials(cloud, key.id, [...rotatedMaterials(cloud, key), newMaterial(cloud, key, "ON_DEMAND", cloud.world.clock.nowMs())]);
}

const newMaterial = (cloud: Cloud, { spec }: Key, rotation: NonNullable<Material["rotation"]>, sinceMs: number): Material => ({
  id: newMaterialId(cloud),
  secret: newSecret(cloud, spec),
  sinceMs,
  rotation,
});
