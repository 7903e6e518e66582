/** The maker of certificates, which takes longer to load than all of the cloud: loaded when the first certificate is made. */

export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  // It injects its parts by what this one notes.
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
