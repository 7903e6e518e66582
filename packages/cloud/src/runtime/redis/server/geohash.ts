/** Places as 52 bits, as Redis keeps them in scores: longitude and latitude halved in turn, 26 times each (redis.io, "GEOADD"). */

export interface Place {
  longitude: number;
  latitude: number;
}

export const maxLatitude = 85.05112878;
const steps = 26;
const earthMeters = 6_372_797.560856;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** 52 bits, longitude first. */
export function scoreOf({ longitude, latitude }: Place, latitudeLimit = maxLatitude): number {
  const cells = 2 ** steps;
  const lon = Math.floor(((longitude + 180) / 360) * cells);
  const lat = Math.floor(((latitude + latitudeLimit) / (2 * latitudeLimit)) * cells);
  let score = 0;
  for (let bit = steps - 1; bit >= 0; bit--) score = score * 4 + (Math.floor(lon / 2 ** bit) % 2) * 2 + (Math.floor(lat / 2 ** bit) % 2);
  return score;
}

/** The middle of the cell that a score means. */
export function placeOf(score: number): Place {
  let [lon, lat] = [0, 0];
  for (let bit = steps - 1; bit >= 0; bit--) {
    const pair = Math.floor(score / 4 ** bit) % 4;
    lon = lon * 2 + (pair >> 1);
    lat = lat * 2 + (pair & 1);
  }
  const cells = 2 ** steps;
  const middle = (cell: number, low: number, span: number) => (low + (cell / cells) * span + (low + ((cell + 1) / cells) * span)) / 2;
  return { longitude: middle(lon, -180, 360), latitude: middle(lat, -maxLatitude, 2 * maxLatitude) };
}

export function distanceMeters(a: Place, b: Place): number {
  const [lat1, lat2] = [radians(a.latitude), radians(b.latitude)];
  const [u, v] = [Math.sin((lat2 - lat1) / 2), Math.sin((radians(b.longitude) - radians(a.longitude)) / 2)];
  return 2 * earthMeters * Math.asin(Math.sqrt(u * u + Math.cos(lat1) * Math.cos(lat2) * v * v));
}

/** Whether a place lies in a box around another, its sides in metres. */
export function isInBox(center: Place, place: Place, widthMeters: number, heightMeters: number): boolean {
  const north = earthMeters * Math.abs(radians(place.latitude) - radians(center.latitude));
  if (north > heightMeters / 2) return false;
  return distanceMeters({ longitude: center.longitude, latitude: place.latitude }, place) <= widthMeters / 2;
}

/** The geohash that other systems read: eleven characters, on latitudes to 90 degrees. */
export function geohashText(place: Place): string {
  const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
  const score = BigInt(scoreOf(place, 90));
  // 52 bits are ten characters and two bits: the eleventh is always the first of the alphabet, as Redis has it.
  return Array.from({ length: 11 }, (_, at) => (at === 10 ? "0" : alphabet[Number((score >> BigInt(52 - (at + 1) * 5)) & 31n)]!)).join("");
}
