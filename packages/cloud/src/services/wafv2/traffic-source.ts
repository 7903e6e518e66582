/** Where a request was inspected: the web ACL, and the resource that it guards. */

export interface TrafficSource {
  region: string;
  acl: { arn: string; name: string; metricName: string };
  resourceArn: string;
}
