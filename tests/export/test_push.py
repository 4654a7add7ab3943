"""Pushing to a hub; the hub itself is never reached."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from handmade import Export

httpx = pytest.importorskip("httpx")
errors = pytest.importorskip("huggingface_hub.errors")

from stp.errors import InputError, ServiceError  # noqa: E402
from stp.export.push import push  # noqa: E402

pytestmark = pytest.mark.lean


class Api:
    """Keeps what it is asked; `fault` is raised by the upload."""

    def __init__(self, fault: Exception | None = None, private: bool = True) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._fault, self._private = fault, private

    def create_repo(self, **given: Any) -> None:
        self.asked.append(("create", given))

    def repo_info(self, repository: str, **_: Any) -> SimpleNamespace:
        return SimpleNamespace(private=self._private)

    def upload_folder(self, **given: Any) -> None:
        if self._fault:
            raise self._fault
        self.asked.append(("upload", given))


@pytest.fixture
def folder(campaign: Path, export: Export) -> Path:
    return export(campaign, format="hf").out


def test_a_checked_export_is_uploaded_privately_unless_asked_otherwise(folder: Path) -> None:
    api = Api()
    assert push(folder, "me/proofs", api=api) == "me/proofs (private)"
    (created, uploaded) = (given for _, given in api.asked)
    assert created == {"repo_id": "me/proofs", "repo_type": "dataset", "private": True, "exist_ok": True}
    assert (uploaded["repo_id"], uploaded["repo_type"], uploaded["folder_path"]) == (
        "me/proofs",
        "dataset",
        folder,
    )
    assert push(folder, "me/proofs", private=False, api=Api(private=False)) == "me/proofs (public)"


def test_private_data_does_not_go_to_a_public_repository(folder: Path) -> None:
    api = Api(private=False)
    with pytest.raises(InputError, match="public"):
        push(folder, "me/proofs", api=api)
    assert [what for what, _ in api.asked] == ["create"]


def test_what_was_not_checked_again_or_has_changed_is_refused(
    folder: Path, campaign: Path, export: Export
) -> None:
    api = Api()
    unchecked = export(campaign, campaign / "unchecked", format="hf", recheck=False).out
    with pytest.raises(InputError, match="without --no-recheck"):
        push(unchecked, "me/proofs", api=api)
    with pytest.raises(InputError, match="no folder that stp export wrote"):
        push(campaign, "me/proofs", api=api)
    card = (folder / "README.md").read_text()
    (folder / "README.md").write_text(card + "\nMore.\n")
    with pytest.raises(InputError, match=r"README\.md has changed"):
        push(folder, "me/proofs", api=api)
    (folder / "README.md").unlink()
    with pytest.raises(InputError, match="has no card"):
        push(folder, "me/proofs", api=api)
    assert api.asked == []


def _http(status: int) -> Exception:
    response = httpx.Response(status, request=httpx.Request("POST", "http://hub.invalid"))
    return errors.HfHubHTTPError("no", response=response)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (httpx.ConnectError("no route"), "cannot be reached"),
        (errors.LocalTokenNotFoundError("none"), "hf auth login"),
        (errors.OfflineModeIsEnabled("off"), "HF_HUB_OFFLINE"),
        (_http(401), "hf auth login"),
        (_http(500), "refuses me/proofs"),
    ],
)
def test_a_hub_that_does_not_answer_is_one_sentence(folder: Path, fault: Exception, told: str) -> None:
    with pytest.raises(ServiceError, match=told):
        push(folder, "me/proofs", api=Api(fault))


def test_a_name_that_is_none(folder: Path) -> None:
    with pytest.raises(InputError, match="OWNER/NAME"):
        push(folder, "me/proofs", api=Api(errors.HFValidationError("bad")))
