// `lock signers`: every signature that is found for an image, what verified, and for the rest the step that failed.
#pragma once

#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/registry.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {

struct FoundSignature {
  image::SignatureReport report;
  std::vector<std::string> names;  // the [signer.NAME]s that its signer is; sorted
  bool recorded = false;           // the lock records the signer
};

struct SignersOfImage {
  std::string lock_file;                // empty: the image is not locked
  image::Reference image;               // the key of the entry, or what was asked for
  image::Digest digest;                 // whose signatures they are
  std::vector<image::Signer> recorded;  // in the lock
  std::vector<FoundSignature> signatures;
  bool proven_unsigned = false;
  std::vector<std::string> undetermined;  // places that could not be read, and why
};

struct SignersResult {
  std::vector<SignersOfImage> images;  // by lock file and key
  std::vector<std::string> notes;      // about trust roots
};

// `asked` is a reference or a glob. Locked images that it names are looked at under their locked digests; one that is
// not locked is resolved. Errors: `usage` for a glob that names nothing, those of the registry, a broken lock.
[[nodiscard]] Result<SignersResult> signers(const Workspace& workspace, const std::string& asked,
                                            image::Registry& registry, image::SignatureVerifier& verifier);

}  // namespace lock::ops
