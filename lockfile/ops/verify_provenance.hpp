// `lock verify --provenance`: did the build of an image use what is locked?
//
// For each image, every statement of SLSA provenance is found (resolver/trust/provenance.hpp) and judged by itself. It
// counts when it is part of the index that was asked about, by a digest that is locked or that the caller wrote; or
// when its signer is one whom a [[rule]] for the image names, or without such a rule any [signer.*], or one whom the
// lock recorded for the image. Every platform that is used needs provenance that counts; every image that such
// provenance names must be locked with the digest that the build used, or with one whose platform that digest is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockfile/ops/verify.hpp"
#include "resolver/image/signature.hpp"

namespace lock::ops {

// A statement that was found, for reports.
struct ProvenanceRow {
  struct Material {
    std::string uri;
    std::string reference;  // canonical, of an image
    std::string digest;     // "sha256:…" of an image, "sha1:…" of a commit; empty: not said
    std::string locked;     // the key of the entry that holds it; empty: none does
  };
  std::string reference;               // of the image, canonical, with its digest
  std::vector<std::string> platforms;  // that it is about; empty: an image without an index
  std::string format;
  std::string location;
  bool counts = false;
  bool in_index = false;
  bool index_is_locked = false;
  image::SignatureState state = image::SignatureState::undetermined;
  std::optional<image::Signer> signer;
  std::string reason;      // why it does not hold
  std::string version;     // of SLSA provenance: "v1"
  std::string builder;     // what it says about itself; all empty unless it holds
  std::string build_type;  //
  std::string source;      //
  std::optional<bool> complete;
  std::vector<Material> materials;
};

struct ProvenanceVerification {
  Verification verification;
  std::vector<ProvenanceRow> rows;  // by image, then by location
};

// `images` are references with a digest, or whose tag is locked; at least one. The root scope's policy judges.
// Checks: material-differs, material-not-locked, material-unpinned, provenance-*, image-not-locked, and those of a
// broken lock. Errors: `usage` for a text that is no reference; a lock that is missing or cannot be read.
[[nodiscard]] Result<ProvenanceVerification> verify_provenance(const Workspace& workspace,
                                                               const std::vector<std::string>& images,
                                                               image::Registry& registry,
                                                               image::SignatureVerifier& verifier);

}  // namespace lock::ops
