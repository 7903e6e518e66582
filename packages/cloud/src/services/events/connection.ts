/** Connections: how API destinations prove who calls. What is secret of one lies in a secret that EventBridge owns, nowhere else. */
import type { CreateConnectionAuthRequestParameters } from "@aws-sdk/client-eventbridge";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { connectionNotFound, validation } from "./errors.ts";
import type { Place } from "./place.ts";

export type AuthParameters = CreateConnectionAuthRequestParameters;
export type AuthorizationType = "API_KEY" | "BASIC" | "OAUTH_CLIENT_CREDENTIALS";

export interface Connection {
  name: string;
  arn: string;
  description?: string;
  type: AuthorizationType;
  secretArn: string;
  kmsKeyIdentifier?: string;
  /** What of it may be shown. */
  shown: object;
  createdMs: number;
  modifiedMs: number;
  /** Of CloudFormation's act that made it, so that the same act again makes no second one. */
  token?: string;
}

export const connections = (cloud: Cloud) => cloud.store.collection<Connection>("events.connection");

/** Throws where there is none. */
export function requireConnection({ cloud, region }: Place, name: string): Connection {
  const found = connections(cloud).get(region, name);
  if (!found) throw connectionNotFound(name);
  return found;
}

/** Throws where its ARN leads to none. */
export const connectionByArn = (place: Place, arn: string): Connection => requireConnection(place, arn.split("/")[1] ?? arn);

export const asEvents = ({ cloud, account, region }: Place) => cloud.as(servicePrincipal(account, "events.amazonaws.com"), region);

/** Throws where what the type asks for is not there. */
export function checkAuth(type: AuthorizationType, auth: AuthParameters): void {
  const wanted = { API_KEY: "ApiKeyAuthParameters", BASIC: "BasicAuthParameters", OAUTH_CLIENT_CREDENTIALS: "OAuthParameters" } as const;
  if (auth[wanted[type]]) return;
  throw validation(`Parameter(s) ${wanted[type]} must be specified when AuthorizationType is ${type}.`);
}

/** Puts what is secret where it is kept, and says where. */
export async function keepSecret(place: Place, name: string, auth: AuthParameters, secretArn?: string): Promise<string> {
  const call = asEvents(place);
  const SecretString = JSON.stringify(auth);
  if (secretArn !== undefined) {
    await call("secretsmanager", "PutSecretValue", { SecretId: secretArn, SecretString });
    return secretArn;
  }
  const { ARN } = await call("secretsmanager", "CreateSecret", {
    Name: `events!connection/${name}/${place.cloud.world.random.uuid()}`,
    Description: `Amazon EventBridge connection secret: ${name}`,
    SecretString,
  });
  return ARN!;
}

export async function readSecret(place: Place, { secretArn }: Connection): Promise<AuthParameters> {
  const { SecretString = "{}" } = await asEvents(place)("secretsmanager", "GetSecretValue", { SecretId: secretArn });
  return JSON.parse(SecretString) as AuthParameters;
}

type Parameters = AuthParameters["InvocationHttpParameters"];

interface Parameter {
  Key?: string | undefined;
  Value?: string | undefined;
  IsValueSecret?: boolean | undefined;
}

const withoutSecrets = (given: NonNullable<Parameters>) =>
  Object.fromEntries(
    Object.entries(given).map(([list, members]) => [
      list,
      ((members ?? []) as readonly Parameter[]).map(({ Key, Value, IsValueSecret }) => ({
        Key,
        ...(IsValueSecret ? {} : { Value }),
        IsValueSecret: IsValueSecret ?? false,
      })),
    ]),
  );

/** As DescribeConnection answers: no password, no key, no value that is said to be secret. */
export function shownAuth({
  ApiKeyAuthParameters: key,
  BasicAuthParameters: basic,
  OAuthParameters: oauth,
  InvocationHttpParameters,
}: AuthParameters) {
  return {
    ...(basic && { BasicAuthParameters: { Username: basic.Username } }),
    ...(key && { ApiKeyAuthParameters: { ApiKeyName: key.ApiKeyName } }),
    ...(oauth && {
      OAuthParameters: {
        ClientParameters: { ClientID: oauth.ClientParameters?.ClientID },
        AuthorizationEndpoint: oauth.AuthorizationEndpoint,
        HttpMethod: oauth.HttpMethod,
        ...(oauth.OAuthHttpParameters && { OAuthHttpParameters: withoutSecrets(oauth.OAuthHttpParameters) }),
      },
    }),
    ...(InvocationHttpParameters && { InvocationHttpParameters: withoutSecrets(InvocationHttpParameters) }),
  };
}

export const describeConnection = (own: Connection) => ({
  ConnectionArn: own.arn,
  Name: own.name,
  ConnectionState: "AUTHORIZED" as const,
  AuthorizationType: own.type,
  CreationTime: new Date(own.createdMs),
  LastModifiedTime: new Date(own.modifiedMs),
  LastAuthorizedTime: new Date(own.modifiedMs),
});
