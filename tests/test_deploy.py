"""The files of deploy/ against the schemas of the programs that read them. No image is built here, and nothing is run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.services import Nginx

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
PROGRAMS = ROOT / ".venv-deploy" / "bin"
MANIFESTS = sorted((DEPLOY / "kubernetes").rglob("*.yml"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")


def run(program: str, *arguments: object) -> str:
    """What a program says. Fails with it when the program finds a mistake."""
    command = [str(PROGRAMS / program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_compose_file_fits_the_compose_specification() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yml")


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.name)
def test_a_manifest_fits_kubernetes(manifest: Path) -> None:
    run("kubernetes-validate", "--strict", manifest)


def test_the_dockerfile_has_no_known_mistake() -> None:
    run("hadolint", DEPLOY / "Dockerfile")


def test_the_image_runs_as_nobody_special_and_installs_what_is_locked() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 10001\n" in last_stage
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert installs and all("--require-hashes" in line for line in installs)
    assert not re.search(r"(?i)^(?:ENV|ARG)\b.*(?:secret|password|token|_URL)", DOCKERFILE, re.MULTILINE)


def test_what_the_image_copies_is_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    assert [name for name in kept if not (ROOT / name).exists()] == []
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in copied if name != "." and name.split("/")[0] not in kept] == []


def containers() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, pod and container of every container of the manifests."""
    found = []
    for manifest in MANIFESTS:
        for part in yaml.safe_load_all(manifest.read_text("utf-8")):
            if part["kind"] == "Deployment":
                pod = part["spec"]["template"]["spec"]
                found += [(f"{manifest.name}: {item['name']}", pod, item) for item in pod["containers"]]
    return found


@pytest.mark.parametrize(("name", "pod", "container"), containers(), ids=[name for name, _, _ in containers()])
def test_a_container_may_do_as_little_as_possible(name: str, pod: dict[str, Any], container: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True and context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["requests"] and container["resources"]["limits"]["memory"]
    assert {"readinessProbe", "livenessProbe"} <= set(container)


def test_who_decides_where_patients_go_asks_the_server_alone() -> None:
    """Else a database that is away would take out all servers at once, and a broken release would look healthy."""
    (bot,) = (container for name, _, container in containers() if name == "bot.yml: bot")
    assert bot["readinessProbe"]["httpGet"]["path"] == "/health/serving"
    assert bot["livenessProbe"]["httpGet"]["path"] == bot["startupProbe"]["httpGet"]["path"] == "/health/live"
    assert re.findall(r"/health/\w+", DOCKERFILE.partition("\nHEALTHCHECK ")[2]) == ["/health/serving"]


def test_what_may_be_reached_besides_adds_to_the_bots_own_policy() -> None:
    policies = [
        part
        for manifest in MANIFESTS
        for part in yaml.safe_load_all(manifest.read_text("utf-8"))
        if manifest.parent.name == "optional"
    ]
    assert len(policies) == len({policy["metadata"]["name"] for policy in policies}) == 4
    for policy in policies:
        assert policy["spec"]["podSelector"] == {"matchLabels": {"app": "bot"}}
        assert policy["spec"]["policyTypes"] == ["Egress"] and policy["spec"]["egress"]


def test_no_secret_is_written_down() -> None:
    """Secrets come from files that the orchestrator mounts."""
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))
    variables = [str(key) for service in compose["services"].values() for key in service.get("environment") or {}]
    for _, _, container in containers():
        variables += [item["name"] for item in container.get("env", [])]
    secret = re.compile(r"SECRET|PASSWORD|TOKEN|_URL")
    assert [name for name in variables if secret.search(name) and not name.endswith("_FILE")] == []
    assert {held["file"].split("/")[0] for held in compose["secrets"].values()} == {"secrets"}


def test_nginx_takes_its_configuration_with_and_without_tls(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()

    def configured(port: int, folder: Path) -> str:
        text = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/tmp/nginx", f"{folder}/nginx")
        for name in ("bot-a", "bot-b"):
            text = text.replace(f"{name}:5005", "127.0.0.1:5005")
        return text.replace("listen 8080", f"listen 127.0.0.1:{port}").replace("/etc/nginx/tls", f"{folder}/tls")

    nginx = Nginx(tmp_path, configured)

    def check() -> None:
        (tmp_path / "nginx.conf").write_text(configured(nginx.port, tmp_path), "utf-8")
        done = subprocess.run([*nginx.command(), "-t"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "syntax is ok" in done.stderr, done.stderr

    check()
    tls = (DEPLOY / "tls.conf").read_text("utf-8").replace("/etc/nginx/tls", f"{tmp_path}/tls")
    (tmp_path / "tls" / "tls.conf").write_text(
        tls.replace("listen 8443", f"listen 127.0.0.1:{nginx.port + 1}"), "utf-8"
    )
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=bot.test"]
    files = ["-keyout", str(tmp_path / "tls" / "tls.key"), "-out", str(tmp_path / "tls" / "tls.crt")]
    assert shutil.which("openssl")
    subprocess.run([*certificate, *files], check=True, capture_output=True, timeout=60)
    check()
