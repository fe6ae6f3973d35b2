#include "lockfile/policy/checks.hpp"

#include <algorithm>
#include <array>

namespace lock::policy {
namespace {

using image::Severity;

constexpr auto kChecks = std::to_array<Check>({
    {"accept-expired", Severity::warning, true, "An [[accept]] is past its last day and no longer holds",
     "An exception in images.toml had an `until`, and that day (UTC) is over. What it covered is reported again. "
     "Remove "
     "the [[accept]], or give it a new day and a reason that is still true."},
    {"collect-unmatched", Severity::warning, true, "A [[collect]] rule of images.toml finds nothing where it looks",
     "A glob of the rule covers no file, or its pattern matches nothing: in none of its files, or not in one that it "
     "names without a star. Images that it was meant to find are not locked. Correct the rule, or remove it. The "
     "warning is given when the whole scope is looked at."},
    {"digest-differs", Severity::error, true, "A rendered manifest carries another digest than the lock",
     "The manifest names a tag that is locked, with a digest that is not the locked one. Either the manifest was "
     "rendered "
     "from something else than what was reviewed, or the lock moved since. Render again with the locked digests."},
    {"digest-gone", Severity::error, true, "The registry says that a locked digest does not exist any more",
     "The registry itself, or a mirror with `authoritative = true`, answered that the manifest is not there. Nodes "
     "that "
     "have it keep running; new ones cannot pull it. Resolve the image anew with `lock update IMAGE`, or bring the "
     "digest "
     "back."},
    {"digest-mismatch", Severity::error, false, "Bytes served under a digest hash to another one",
     "What was served is not what its digest says. Nothing of it is used. The store behind the registry or the layout "
     "is "
     "damaged, or somebody changed it."},
    {"digest-only-at-mirror", Severity::warning, true, "Only a mirror still answers for a locked digest",
     "The registry says that the digest does not exist, or it cannot be reached at all; the message says which. The "
     "image can still be pulled through the mirror, until the mirror forgets it too. Resolve it anew with `lock update "
     "IMAGE`, or copy it to a registry of your own with `lock mirror`."},
    {"duplicate-key", Severity::error, true, "A mapping in a file that names images has a key twice",
     "Some readers take the last one, some the first, and most refuse the file, so that nobody can say which image it "
     "means. Take one of them out. What is shown for the place is what the last one says."},
    {"entry-unused", Severity::error, true, "images.lock holds an image that no file names",
     "The tree does not name this image any more, so the lock is out of date. Run `lock update`."},
    {"guessed-reference", Severity::note, true, "A text that looks like an image is not locked",
     "The place is not one that holds an image by its format (an environment variable, an argument), and the text did "
     "not "
     "resolve to an image: its registry has none of this name, or shows it to nobody without a login. If it is an "
     "image, "
     "log in; if it is none, nothing is to be done. A registry that cannot be reached leaves the question open, and "
     "the "
     "exit status is then 3."},
    {"ignore-without-reason", Severity::warning, true, "A `lock:ignore` comment gives no reason",
     "`lock:ignore` leaves a place out only together with a reason, as in `# lock:ignore built by the next job`. "
     "Without "
     "one the place is treated as any other."},
    {"image-absent", Severity::error, true, "The registry has no such image",
     "The registry answered that the repository or the tag does not exist. Check the name; a private repository may "
     "answer "
     "so to a caller without credentials."},
    {"image-not-locked", Severity::error, true, "An image is not in images.lock",
     "A file of the tree, or a rendered manifest, names an image that the lock does not hold. Run `lock update` and "
     "have the "
     "change reviewed."},
    {"import-skipped", Severity::warning, true, "An image of an imported lock was not taken from it",
     "images.lock has another digest for it already, which stays: `lock update IMAGE` resolves it anew. Or, as a note, "
     "no place of the tree names the image."},
    {"invalid-reference", Severity::note, true, "A field that holds an image holds something else",
     "The text in the field does not follow the grammar of image references, so nothing is locked for it. Most tools "
     "would "
     "fail on it too."},
    {"layout-stands-in", Severity::note, false, "A folder on disk stands in for a registry",
     "`layout` in images.toml lets an OCI image layout answer for a registry. What was checked was checked against "
     "that "
     "folder, not against the registry."},
    {"lock-conflict", Severity::error, false, "images.lock holds conflict markers",
     "Two versions of the lock could not be merged without asking the registry or the tree. When the other files are "
     "merged, run `lock merge --resolve`: it merges the versions in git's index and resolves anew what both sides "
     "changed."},
    {"lock-duplicate", Severity::error, false, "images.lock holds two entries for one reference",
     "Most likely a merge put both in. Remove the wrong one, or resolve the image anew with `lock update IMAGE`."},
    {"lock-malformed", Severity::error, false, "images.lock cannot be read",
     "The file, or one of its entries, does not follow the format. Take it from git again; or delete it, and `lock "
     "update` "
     "resolves every image anew."},
    {"lock-missing", Severity::error, false, "There is no images.lock",
     "Files name images, and nothing says which digests were reviewed. Run `lock update` and commit images.lock."},
    {"lock-version", Severity::error, false, "images.lock has a version that this program does not know",
     "A newer program wrote the file, or it is no lock at all. Install a newer lock."},
    {"material-differs", Severity::error, true, "A build used an image with another digest than the lock",
     "The provenance of an image says that its build used an image whose tag is locked, with a digest that is neither "
     "the locked one nor that of one of its platforms. What was built is not what was reviewed. Build it again from "
     "the locked digest, or take the other one with `lock update IMAGE` and have it reviewed."},
    {"material-not-locked", Severity::error, true, "A build used an image that is not in images.lock",
     "The provenance of an image names an image that no file of the tree brings into the lock: a base image that was "
     "given as an argument, a frontend, a scanner. Name it in the tree and run `lock update`, or build without it."},
    {"material-unpinned", Severity::error, true, "Provenance names a material without its digest",
     "Without a digest nobody can say which bytes the build used, so they cannot be compared with the lock: an error "
     "for an image, a warning for anything else. Use a builder that records digests."},
    {"mirror-incomplete", Severity::error, true, "A locked image is not, or not wholly, at the mirror",
     "`lock mirror` could not copy something that belongs to the image: a platform, a layer, a signature, or a list of "
     "them. What was copied stays there. Mend the cause that is named and run the same command again; it sends only "
     "what "
     "is missing."},
    {"not-exported", Severity::warning, true, "An exported file cannot pin a locked image",
     "The format of `lock export` cannot say it, for the reason that stands in the message. The place still pulls by "
     "tag: pin it with `lock pin`, or check what is rendered with `lock verify --rendered`."},
    {"pins-differ", Severity::warning, true, "Places name one tag with different digests",
     "A digest written in a file is not that of the tag's entry, or not that of another place with the same tag. Each "
     "place keeps what it says, and each digest has an entry of its own. If that is not meant, change the pin."},
    {"platform-digest", Severity::note, true, "A rendered manifest carries the digest of one platform",
     "The digest is not that of the locked index but of one of its platforms: the same image, for this platform "
     "alone."},
    {"platform-gone", Severity::error, true,
     "The registry says that a platform of a locked image does not exist any more",
     "The index is there, but the manifest of a platform that this repository uses is not. Pulls on that platform "
     "fail. "
     "Resolve the image anew with `lock update IMAGE`."},
    {"platform-held-back", Severity::warning, true,
     "A tag moved to an image that lacks a used platform; the old digest is kept",
     "Publishers add platforms one by one, so this often passes by itself. To take the new digest nevertheless, run "
     "`lock update --allow-missing-platforms IMAGE`; to stop using the platform, change `platforms` in images.toml."},
    {"platform-missing", Severity::warning, true, "An image does not exist for a platform that this repository uses",
     "`platforms` in images.toml names a platform for which the image has no manifest."},
    {"possible-image", Severity::warning, true,
     "A rendered manifest holds a text that looks like an image in an unknown field",
     "The field is not known to hold an image, but an operator may start it. If it is an image, pin it to a digest "
     "that the "
     "lock holds."},
    {"provenance-incomplete", Severity::note, true, "A builder does not vouch that its list of materials is whole",
     "SLSA lets a builder say whether the materials that it lists are all that there were. BuildKit says no where a "
     "local folder was the build context: files of that folder are in the image and not in the list. The images that "
     "it pulled are listed all the same."},
    {"provenance-invalid", Severity::error, true, "Provenance is there and does not hold",
     "The statement is about another image, is not what its signature covers, contradicts its certificate, or cannot "
     "be read. It counts for nothing. Where other provenance covers the image this is a warning; somebody put it there "
     "nevertheless."},
    {"provenance-missing", Severity::error, true,
     "Nothing that counts says how an image, or a platform of it, was built",
     "Every place where provenance may lie was asked: referrers, the tag `.att`, and the attestation manifests of the "
     "index. What is there counts when it is part of the index that was asked for, or signed by somebody whom "
     "images.toml names. Build the image with provenance (`docker buildx build --provenance=mode=min`), or sign it."},
    {"provenance-silent", Severity::error, true, "Provenance names no image",
     "The statement holds, but neither its materials nor its type of build say which images were used, so it proves "
     "nothing about the lock. Provenance of a workflow names the sources alone; let the build itself write provenance "
     "too."},
    {"provenance-unsigned", Severity::note, true, "Provenance that counts is part of the index, and nobody signed it",
     "BuildKit writes provenance into the index that it builds. The digest of the index covers it, so it is what the "
     "builder of exactly this image said; that is worth as much as the digest is. To demand a signature, set this "
     "check to \"error\" in [checks]."},
    {"provenance-untrusted", Severity::warning, true, "Provenance is signed by somebody whom images.toml does not name",
     "Anybody who can push to the repository can sign and attach provenance. It counts only when a signer that "
     "images.toml names for the image made it. Where other provenance covers the image this is a note."},
    {"registry-look-alike", Severity::warning, true, "A registry's name is one letter away from a known one",
     "The file names a registry that differs from a well-known one, or from one of images.toml, by one letter that is "
     "added, left out, changed or exchanged with its neighbour. Such names get registered by others: ghrc.io answered "
     "like a registry and asked for tokens in August 2025. Correct the name. If it is meant, an entry "
     "[registry.\"NAME\"] in images.toml says so."},
    {"rule-unused", Severity::warning, true, "A [[rule]] matches no locked image",
     "Its globs see canonical names (docker.io/library/nginx), and the tag only where they hold a ':'. A rule with a "
     "slip "
     "in it protects nothing."},
    {"seal-broken", Severity::error, false, "The seal of an entry does not fit its other lines",
     "The entry was edited by hand, or a merge blended two versions of it. Take it from git again, or resolve the "
     "image anew "
     "with `lock update IMAGE`."},
    {"signature-invalid", Severity::error, true, "A signature is there and does not verify",
     "Verification ended at a step that `lock signers IMAGE` names: the signature, its certificate, its log entry or "
     "its "
     "payload is not what it should be. An error where the lock or a [[rule]] asks for the signer that it claims; a "
     "warning beside signatures that suffice. Do not use the image until you know who put the signature there."
     " Made milder by [checks] or an [[accept]], it leaves the missing signer to `signer-missing`, `signer-lost`, "
     "`signer-changed` or `unsigned`."},
    {"signature-undetermined", Severity::warning, true, "A place where signatures may lie could not be read",
     "What is asked for was found and verified, so this is a warning; there may be more signatures than were seen. "
     "Where "
     "something is missing because of it, that is reported as undetermined and the exit status is 3."},
    {"signature-unsupported", Severity::note, true, "A signature is of a kind that this program cannot judge",
     "Its algorithm or format is not known here, so it counts for nobody. Where a signer is asked for whom it may be "
     "by, "
     "that is undetermined and the exit status is 3; beside signatures that suffice this is a note."},
    {"signature-untrusted", Severity::error, true,
     "A signature was made by somebody whom no trust root or key vouches for",
     "It may be in order, but its certificate, log or key is none of those that are configured. For a private Sigstore "
     "instance name its `trusted-root` in [signer.NAME], for a key its `key`. An error where the lock or a [[rule]] "
     "asks "
     "for the signer that it claims; a note beside signatures that suffice."
     " Made milder by [checks] or an [[accept]], it leaves the missing signer to `signer-missing`, `signer-lost`, "
     "`signer-changed` or `unsigned`."},
    {"signer-changed", Severity::error, true, "An image is signed by somebody else than the lock recorded",
     "The recorded signer's signature is gone and another one verifies. `lock update` keeps the old digest meanwhile. "
     "If "
     "the publisher moved to another workflow or key, say so with an [[accept]] of this check, and resolve the image "
     "anew with `lock update IMAGE`."},
    {"signer-lost", Severity::error, true, "The signature of a recorded signer is gone",
     "The lock says who signed the image, and no signature by them is found any more, nor by anybody else. `lock "
     "update` "
     "keeps the old digest meanwhile. If the publisher stopped to sign, say so with an [[accept]] of this check, and "
     "resolve the image anew with `lock update IMAGE`."},
    {"signer-missing", Severity::error, true, "A [[rule]] asks for a signer who did not sign",
     "Signatures were found and verified, but none by the signers that the rule in images.toml names. An attestation "
     "(an "
     "SBOM, provenance) is no signature of the image. `lock signers IMAGE` shows who signed."},
    {"signer-new", Severity::note, true, "An image is signed by somebody whom the lock does not record",
     "Recorded are the signers that [signer.NAME] describes, and those who were there when the repository was first "
     "locked. To have this one recorded, describe it and resolve the image anew with `lock update IMAGE`."},
    {"source-changed", Severity::error, false, "A file changed while it was being edited, or could not be written",
     "The digest was not written into this file: its bytes were no longer those that had been read, or the disk "
     "refused "
     "them. Nothing of it was changed. Run the command again."},
    {"suspicious-yaml", Severity::warning, true, "A YAML file can be read in more than one way",
     "Readers of YAML disagree about what stands there (a key that occurs twice, for one), so the image that runs may "
     "be "
     "another than the one that was found. Write it so that there is one way to read it."},
    {"tag-gone", Severity::error, true, "A locked tag does not exist any more",
     "The digest is still locked, but the registry says that the tag is gone. Where the pipeline pulls by tag the pull "
     "will "
     "fail (an error); where the digest is in force this is a note."},
    {"tag-moved", Severity::error, true, "A tag names another digest now than the one that is locked",
     "Where the pipeline pulls by tag, what runs is no longer what was locked: an error. Where the digest is in force, "
     "because the file writes it or [[enforce]] says what puts it there, this is a note. Pin the place, or take the "
     "new "
     "digest with `lock update IMAGE`."},
    {"trusted-root-old", Severity::note, false, "The built-in trusted root of Sigstore's public-good instance is old",
     "The public-good instance renews its keys from time to time, and this program was built before the last renewal. "
     "What verifies is still right; a new signature by a new key would be untrusted. Install a newer lock."},
    {"unpinned-image", Severity::error, true, "A rendered manifest names an image without a digest",
     "What is deployed must say exactly what was reviewed. Render the manifest with the locked digests."},
    {"unreadable-file", Severity::warning, true, "A file could not be parsed, so images in it may be missing",
     "When the name of the file declares its format (Dockerfile, compose.yaml) this counts as not checked and the exit "
     "status is 3; otherwise it is a warning. Mend the file, or leave it out with [[ignore]]."},
    {"unresolved-reference", Severity::warning, true, "A reference depends on something that the tree does not say",
     "A variable has no value in the tree, or a template has to be rendered first. The place is not locked. Give the "
     "variable a default, or check what is rendered with `lock verify --rendered`."},
    {"unsigned", Severity::error, true, "A [[rule]] asks for a signer, and the image has no signature at all",
     "Every place where signatures may lie said that there is nothing. Sign the image, or use one that is signed."},
});

}  // namespace

std::span<const Check> checks() { return kChecks; }

const Check* find_check(std::string_view id) {
  const auto at = std::ranges::lower_bound(kChecks, id, {}, &Check::id);
  return at == kChecks.end() || at->id != id ? nullptr : &*at;
}

std::vector<std::string_view> adjustable_checks() {
  std::vector<std::string_view> ids;
  for (const Check& check : kChecks) {
    if (check.adjustable) ids.push_back(check.id);
  }
  return ids;
}

}  // namespace lock::policy
