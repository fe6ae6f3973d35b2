// SLSA provenance, the predicate that says how and from what something was built: slsa.dev/spec/v0.2/provenance and
// slsa.dev/spec/v1.1/provenance, with the members that BuildKit adds (moby/buildkit docs/attestations/
// slsa-definitions.md). Members that a specification does not know are ignored, as both ask; members that they know and
// that have another type are malformed.
//
// What it says is a claim of the builder. Who made the claim, and whether that counts, is decided elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/trust/in_toto/material.hpp"
#include "resolver/trust/in_toto/statement.hpp"

namespace lock::trust::in_toto {

inline constexpr std::string_view provenance_v02_type = "https://slsa.dev/provenance/v0.2";
inline constexpr std::string_view provenance_v1_type = "https://slsa.dev/provenance/v1";

// More materials than this is ErrorKind::limit.
inline constexpr std::size_t most_materials = 10'000;

struct Provenance {
  std::string version;     // "v0.2" or "v1"
  std::string builder;     // builder.id; empty where BuildKit was not told one
  std::string build_type;  // a URI that says how to read the rest
  // Where the build's own instructions came from: a git context, or the repository of the workflow. Empty: a folder.
  std::string source;
  std::vector<Material> materials;  // v1: resolvedDependencies
  std::optional<bool> complete;     // whether the builder vouches for the list of materials; not said: nothing
  // The build type is one whose builder names every image that it pulls: BuildKit's. A list without images then says
  // that there was none.
  bool names_every_image = false;
  // The build type is one in which `source` is the repository of the workflow that the signing certificate names too.
  bool source_is_of_workflow = false;
};

// Whether a predicate of this type is provenance that can be read here.
[[nodiscard]] bool is_provenance(std::string_view predicate_type);
// Whether it is SLSA provenance of any version: one that cannot be read is not the same as none.
[[nodiscard]] bool claims_provenance(std::string_view predicate_type);

// ErrorKind::unsupported for a statement with another predicate: an SBOM is no provenance, whatever was asked for.
[[nodiscard]] Result<Provenance> read_provenance(const Statement& statement);

}  // namespace lock::trust::in_toto
