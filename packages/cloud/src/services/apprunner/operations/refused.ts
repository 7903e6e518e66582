/** What App Runner has and the embedded cloud does not do, refused by name. */
import { operation } from "../../../service.ts";
import { refused } from "../errors.ts";

const connections = "connections of App Runner to code repositories: services run images";
const ingress = "VPC ingress connections: services are reached at their public address";

export const createConnection = operation("apprunner", "CreateConnection", () => {
  throw refused(connections);
});
export const listConnections = operation("apprunner", "ListConnections", () => ({ ConnectionSummaryList: [] }));
export const deleteConnection = operation("apprunner", "DeleteConnection", () => {
  throw refused(connections);
});
export const createVpcIngressConnection = operation("apprunner", "CreateVpcIngressConnection", () => {
  throw refused(ingress);
});
export const describeVpcIngressConnection = operation("apprunner", "DescribeVpcIngressConnection", () => {
  throw refused(ingress);
});
export const updateVpcIngressConnection = operation("apprunner", "UpdateVpcIngressConnection", () => {
  throw refused(ingress);
});
export const deleteVpcIngressConnection = operation("apprunner", "DeleteVpcIngressConnection", () => {
  throw refused(ingress);
});
export const listVpcIngressConnections = operation("apprunner", "ListVpcIngressConnections", () => ({
  VpcIngressConnectionSummaryList: [],
}));
