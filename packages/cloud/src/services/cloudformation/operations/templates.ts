/** Templates, of stacks and before there is one: GetTemplate, GetTemplateSummary, ValidateTemplate. */
import { checkTemplate, parseTemplate, type Template } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { listChangeSets } from "../../../cloudformation/change-set.ts";
import { type Model, processedTemplate, shownModel } from "../../../cloudformation/stack.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { stackToDescribe } from "../begin.ts";
import { requiredCapabilities } from "../capabilities.ts";
import { check } from "../constraints.ts";
import { changeSetDoesNotExist, refused, validationError } from "../errors.ts";
import { hasTransforms } from "../expansion.ts";
import { checkTypes, prepareTypes, inCloudFormationsWords } from "../submission.ts";
import { templateText } from "../template-source.ts";
import { changeSetNamed } from "./change-sets.ts";

export const getTemplate = operation("cloudformation", "GetTemplate", (input, context) => {
  check("templateStage", input.TemplateStage, { values: ["Original", "Processed"] });
  const StagesAvailable: ("Original" | "Processed")[] = ["Original", "Processed"];
  if (input.ChangeSetName !== undefined) {
    if (input.StackName === undefined && !input.ChangeSetName.startsWith("arn:"))
      throw validationError("StackName is a required parameter.");
    const { changeSet } = changeSetNamed(input.ChangeSetName, input.StackName, context);
    return { TemplateBody: inStage(changeSet.model, input.TemplateStage), StagesAvailable };
  }
  if (input.StackName === undefined) throw validationError("StackName or ChangeSetName must be specified.");
  const stack = stackToDescribe(input.StackName, context);
  const model = shownModel(context.cloud.store, stack);
  if (!model && listChangeSets(context.cloud.store, stack).length === 0) throw changeSetDoesNotExist(input.StackName);
  return { TemplateBody: model ? inStage(model, input.TemplateStage) : "", StagesAvailable };
});

const inStage = (model: Model, stage: string | undefined) => (stage === "Processed" ? processedTemplate(model) : model.template);

export const validateTemplate = operation("cloudformation", "ValidateTemplate", async (input, context) => {
  const template = await readTemplate(await templateText(input, context), context);
  const { capabilities, reason } = requiredCapabilities(template);
  return {
    Parameters: declarations(template).map(({ ParameterKey, DefaultValue, NoEcho, Description }) => ({
      ParameterKey,
      ...(DefaultValue === undefined ? {} : { DefaultValue }),
      NoEcho,
      ...(Description === undefined ? {} : { Description }),
    })),
    ...(template.Description === undefined ? {} : { Description: template.Description }),
    ...(capabilities.length === 0 ? {} : { Capabilities: capabilities }),
    ...(reason === undefined ? {} : { CapabilitiesReason: reason }),
    ...transforms(template),
  };
});

export const getTemplateSummary = operation("cloudformation", "GetTemplateSummary", async (input, context) => {
  if ((input as { StackSetName?: string }).StackSetName !== undefined)
    throw refused("stack sets", "a stack set spans accounts; there is one here");
  let text: string;
  if (input.StackName === undefined) text = await templateText(input, context);
  else {
    const model = shownModel(context.cloud.store, stackToDescribe(input.StackName, context));
    if (!model) throw validationError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.");
    text = model.template;
  }
  const template = await readTemplate(text, context);
  const { capabilities, reason } = requiredCapabilities(template);
  const types = [...new Set(Object.values(template.Resources).flatMap(({ Type }) => Type ?? []))].sort();
  return {
    Parameters: declarations(template),
    ...(template.Description === undefined ? {} : { Description: template.Description }),
    ...(capabilities.length === 0 ? {} : { Capabilities: capabilities }),
    ...(reason === undefined ? {} : { CapabilitiesReason: reason }),
    ResourceTypes: types,
    ...(template.AWSTemplateFormatVersion === undefined ? {} : { Version: String(template.AWSTemplateFormatVersion) }),
    ...(template.Metadata === undefined ? {} : { Metadata: JSON.stringify(template.Metadata) }),
    ...transforms(template),
    ResourceIdentifierSummaries: types.flatMap((ResourceType) => {
      const identifiers = resourceTypeSchema(ResourceType)?.primaryIdentifier;
      if (!identifiers) return [];
      const LogicalResourceIds = Object.entries(template.Resources)
        .filter(([, { Type }]) => Type === ResourceType)
        .map(([logicalId]) => logicalId);
      return [{ ResourceType, LogicalResourceIds, ResourceIdentifiers: identifiers }];
    }),
  };
});

async function readTemplate(text: string, context: OperationContext): Promise<Template> {
  return inCloudFormationsWords(async () => {
    const template = parseTemplate(text);
    // What transforms would make of it is not asked: what is written is read as far as it goes.
    if (hasTransforms(template)) return template;
    await prepareTypes(context, template);
    checkTypes(context, template, { onlyRead: true });
    checkTemplate(template);
    return template;
  });
}

const transforms = ({ Transform }: Template) =>
  Transform === undefined ? {} : { DeclaredTransforms: [Transform].flat().map((one) => String((one as { Name?: unknown }).Name ?? one)) };

function declarations(template: Template) {
  return Object.entries(template.Parameters ?? {}).map(([ParameterKey, { Type, Default, Description, NoEcho, AllowedValues }]) => ({
    ParameterKey,
    ...(Default === undefined ? {} : { DefaultValue: String(Default) }),
    ParameterType: Type,
    NoEcho: String(NoEcho ?? false) === "true",
    ...(Description === undefined ? {} : { Description }),
    ParameterConstraints: AllowedValues === undefined ? {} : { AllowedValues: AllowedValues.map(String) },
  }));
}
