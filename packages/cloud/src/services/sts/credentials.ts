/** Temporary credentials as STS answers them. */
import type { Credentials } from "../../identity/credentials.ts";

export const answerCredentials = ({ accessKeyId, secretAccessKey, sessionToken, expiresMs }: Required<Credentials>) => ({
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretAccessKey,
  SessionToken: sessionToken,
  Expiration: new Date(expiresMs),
});
