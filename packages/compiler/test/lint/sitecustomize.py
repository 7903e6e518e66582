"""
What Python loads before cfn-lint, so that it does nothing twice. Hundreds of templates share most of their resources, which differ by the names of app
and stage alone: rules that look at a template as a whole see all of each; a resource in which they found nothing is not held against its schema again.
Templates lie in `…/APP/STAGE/NAME.json`. Where cfn-lint's inside is not the one known here, it does all of its work.
"""

import copy
import dataclasses
import functools
import gc
import json
import re

# The search for cycles takes a sixth of the time, and finds nothing that this short life has to give back.
gc.disable()

# Rules compare these with others of their template (overlapping networks, an endpoint or a route table twice).
COMPARED = {
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
}


def remember_fields():
    """What a class consists of is asked for each copy that is made."""
    from cfnlint.context import context
    from cfnlint.jsonschema import validators

    context.fields = validators.fields = functools.cache(dataclasses.fields)


def remember_validators():
    """For each schema that is asked a class is made: one for each set of keywords is enough."""
    from cfnlint.jsonschema import validators as module

    create = module.create
    made = {}

    def create_once(validators=None, function_filter=None, fn_resolvers=None):
        key = (frozenset((validators or {}).items()), repr(function_filter), frozenset((fn_resolvers or {}).items()))
        if key not in made:
            made[key] = create(validators, function_filter, fn_resolvers)
        return made[key]

    module.create = create_once


def remember_resources():
    from cfnlint.rules import Rules

    run = Rules.run
    clean = set()

    def run_once(self, filename, cfn, config):
        rule = self["E3001"]
        if not hasattr(rule, "every_resource"):
            rule.every_resource = rule.validators["patternProperties"]
            rule.validators["patternProperties"] = new_resources(rule.every_resource, clean)
            find_rules(self["E1101"])
        return run(self, filename, cfn, config)

    Rules.run = run_once


def new_resources(every_resource, clean):
    def check(validator, patterns, resources, schema):
        if resources is not validator.cfn.template.get("Resources"):
            yield from every_resource(validator, patterns, resources, schema)
            return
        key_of = keys(validator.cfn, validator.context.regions)
        for name, resource in resources.items():
            key = key_of(name)
            if key in clean:
                continue
            found = False
            for error in every_resource(validator, patterns, {name: resource}, schema):
                found = True
                yield error
            if not found and resource.get("Type") not in COMPARED:
                clean.add(key)

    return check


def keys(template, regions):
    """A resource is known by its text and the texts of all to which it refers, since rules follow references."""
    app, stage = template.filename.split("/")[-3:-1]
    stage = re.compile(rf"\b{re.escape(stage)}\b")
    texts = {
        name: stage.sub("STAGE", json.dumps(value, sort_keys=True).replace(app, "APP"))
        for section in ("Conditions", "Mappings", "Parameters", "Resources")
        for name, value in (template.template.get(section) or {}).items()
    }

    def key(name):
        referred = sorted(set(re.findall(r"\w+", texts[name])) & texts.keys())
        return (*regions, texts[name], *((other, texts[other]) for other in referred))

    return key


def find_rules(every_rule):
    """All rules are asked for the keywords that they are about, at every property: here those that are about them, found once."""
    check = type(every_rule).cfnLint
    about = {}

    def check_those(validator, keywords, instance, schema):
        key = tuple(keywords)
        if key not in about:
            about[key] = copy.copy(every_rule)
            about[key].child_rules = {
                name: rule for name, rule in every_rule.child_rules.items() if rule and not set(key).isdisjoint(rule.keywords)
            }
        return check(about[key], validator, keywords, instance, schema)

    every_rule.cfnLint = check_those


try:
    remember_fields()
    remember_validators()
    remember_resources()
except (AttributeError, ImportError):
    pass
