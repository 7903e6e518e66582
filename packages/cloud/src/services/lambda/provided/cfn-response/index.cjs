/** Answers CloudFormation for a custom resource, as the module of that name does which Lambda gives to code in templates. Source: CloudFormation Template Reference, "cfn-response module". */
"use strict";
const https = require("node:https");

exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = (event, context, status, data, physicalId, noEcho) => {
  const body = JSON.stringify({
    Status: status,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  });
  const request = https.request(
    event.ResponseURL,
    { method: "PUT", headers: { "content-type": "", "content-length": Buffer.byteLength(body) } },
    (response) => {
      console.log(`Status code: ${response.statusCode}`);
      response.resume();
      context.done();
    },
  );
  request.on("error", (error) => {
    console.log(`send(..) failed executing https.request(..): ${error}`);
    context.done();
  });
  request.end(body);
};
