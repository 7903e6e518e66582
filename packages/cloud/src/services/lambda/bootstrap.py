"""Runs one invocation of a Python function, as Lambda's runtime does: it loads the handler, gives it the event, and writes what
comes of it to a file. Source: AWS Lambda Developer Guide, "Define Lambda function handler in Python"."""

import importlib
import importlib.util
import json
import logging
import os
import sys
import time
import traceback
from types import SimpleNamespace

given = json.loads(os.environ.pop("PLINTH_INVOCATION"))
folder = given["folder"]
root = os.environ["LAMBDA_TASK_ROOT"]


class OldSdk:
    """boto3 before 1.28 does not read AWS_ENDPOINT_URL: its clients are given the cloud's endpoint when they are made."""

    def find_spec(self, name, path=None, target=None):
        if name != "botocore.session":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            if tuple(int(part) for part in module.__version__.split(".")[:2]) >= (1, 31):
                return
            create = module.Session.create_client

            def create_client(self, service_name, region_name=None, api_version=None, use_ssl=True, verify=None, endpoint_url=None, **more):
                url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
                return create(self, service_name, region_name, api_version, use_ssl, verify, url, **more)

            module.Session.create_client = create_client

        spec.loader.exec_module = exec_module
        return spec


def limit_memory(megabytes):
    """Of what the program allocates, where the system can tell it from files that are mapped (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def used_bytes():
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def end(outcome):
    path = os.path.join(folder, "result.json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({**outcome, "memoryBytes": used_bytes()}, file)
    os.replace(path + ".new", path)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def fail(error, kind=None, message=None):
    outcome = {
        "errorMessage": str(error) if message is None else message,
        "errorType": kind or type(error).__name__,
        "requestId": given["awsRequestId"],
        "stackTrace": traceback.format_list(
            [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__ and "importlib" not in frame.filename]
        ),
    }
    print(f"[ERROR] {outcome['errorType']}: {outcome['errorMessage']}\nTraceback (most recent call last):\n{''.join(outcome['stackTrace'])}")
    end({"error": outcome})


def log_to_output():
    """What Lambda's own runtime does before the function's module is loaded: the root logger has a handler, whose level stays WARNING."""
    handler = logging.StreamHandler(sys.stdout)
    form = f"[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t{given['awsRequestId']}\t%(message)s\n"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    handler.formatter.converter = time.gmtime
    handler.terminator = ""
    logging.getLogger().addHandler(handler)


def client_context():
    told = given.get("clientContext")
    if told is None:
        return None
    client = told.get("client")
    fields = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
    return SimpleNamespace(
        client=client and SimpleNamespace(**{field: client.get(field) for field in fields}),
        custom=told.get("custom"),
        env=told.get("env"),
    )


def load_handler():
    name = os.environ["_HANDLER"]
    path, dot, attribute = name.rpartition(".")
    if not dot:
        fail(ValueError(), "Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    module_name = path.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        fail(error, "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        fail(error, "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
    if not hasattr(module, attribute):
        fail(AttributeError(), "Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module_name}'")
    return getattr(module, attribute)


def context_of():
    return SimpleNamespace(
        aws_request_id=given["awsRequestId"],
        client_context=client_context(),
        function_name=given["functionName"],
        function_version=given["functionVersion"],
        get_remaining_time_in_millis=lambda: max(0, int(given["deadlineMs"] - time.time() * 1000)),
        identity=SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None),
        invoked_function_arn=given["invokedFunctionArn"],
        log_group_name=given["logGroupName"],
        log_stream_name=given["logStreamName"],
        memory_limit_in_mb=given["memoryLimitInMB"],
    )


def main():
    limit_memory(int(given["memoryLimitInMB"]))
    sys.path[0] = root
    log_to_output()
    sys.meta_path.insert(0, OldSdk())
    try:
        handler = load_handler()
        with open(os.path.join(folder, "event.json"), encoding="utf-8") as file:
            event = json.load(file)
        answer = handler(event, context_of())
    except SystemExit as error:
        fail(error, "Runtime.ExitError", f"RequestId: {given['awsRequestId']} Error: Runtime exited without providing a reason")
    except BaseException as error:
        fail(error)
    try:
        payload = json.dumps(answer)
    except Exception as error:
        fail(error, "Runtime.MarshalError", f"Unable to marshal response: {error}")
    end({"payload": payload})


main()
