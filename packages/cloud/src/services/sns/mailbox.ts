/** The mailbox: what the embedded cloud would have sent by e-mail, kept to be read. */
import type { ServerResponse } from "node:http";
import type { Cloud } from "../../cloud.ts";

export interface Mail {
  id: string;
  to: string;
  from: string;
  subject: string;
  text: string;
  topicArn: string;
  /** ISO 8601. */
  sentAt: string;
  /** Confirms the subscription when it is opened; only in the mail that asks for it. */
  confirmUrl?: string;
}

/** Older mails go when there are more. */
const maximumMails = 1000;

function mails(cloud: Cloud) {
  return cloud.store.collection<Mail>("sns.mail");
}

export function deliverMail(cloud: Cloud, mail: Omit<Mail, "id" | "sentAt" | "from">): void {
  const nowMs = cloud.world.clock.nowMs();
  const counter = cloud.store.collection<number>("sns.mailCounter");
  const number = (counter.get("global", "last") ?? 0) + 1;
  const id = String(number).padStart(12, "0");
  cloud.store.transaction(() => {
    counter.put("global", "last", number);
    mails(cloud).put("global", id, { id, from: "no-reply@sns.amazonaws.com", sentAt: new Date(nowMs).toISOString(), ...mail });
    mails(cloud).delete("global", String(number - maximumMails).padStart(12, "0"));
  });
}

/** The newest first. */
export function readMails(cloud: Cloud): Mail[] {
  return mails(cloud).list("global").toReversed();
}

/** `GET /_plinth/mailbox`: all mails as JSON, the newest first. */
export function serveMailbox(response: ServerResponse, cloud: Cloud): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ mails: readMails(cloud) }));
}
