// What one images.toml says. Values as written there, checked and made canonical; what follows from them, and from
// the files of outer scopes, is lockfile/policy's.
//
// Paths and globs of files in images.toml are relative to its folder; `folder` says where that is. The Place of a rule
// is its `[[table]]` or key, for messages that say which rule decided.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/base/place.hpp"
#include "resolver/collect/pattern.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/platform.hpp"
#include "resolver/image/signature.hpp"

namespace lock::settings {

struct Mirror {
  std::string host;            // host[:port]
  std::string prefix;          // path in front of the repository, without slashes at the ends; may be empty
  bool resolve = false;        // may say what a tag is
  bool authoritative = false;  // its 404 proves absence
};

struct Registry {
  std::string name;  // "docker.io", "localhost:5000"
  std::vector<Mirror> mirrors;
  std::string ca;                  // relative to the root of the run, or absolute; empty: none
  std::string client_certificate;  // the same; with its key, or both empty
  std::string client_key;
  std::string layout;  // the same
  std::optional<bool> plain_http;
  std::string realm_host;  // host[:port]; empty: any
  std::optional<int> connections;
  std::optional<int> streams;
  std::optional<int> requests_per_second;
  Place place;
};

enum class Enforcement : std::uint8_t { apply, rendered, build_policy };
[[nodiscard]] std::string_view name_of(Enforcement enforcement);

struct Enforce {
  std::vector<std::string> files;
  Enforcement by = Enforcement::apply;
  Place place;
};

// What a pattern finds in some files is an occurrence like any other.
struct Collect {
  std::vector<std::string> files;
  collect::Pattern pattern;
  Place place;
};

struct FirstParty {
  std::vector<std::string> images;
  Place place;
};

struct Ignore {
  std::vector<std::string> files;   // empty: any file
  std::vector<std::string> images;  // empty: any image; never both empty
  std::string reason;
  Place place;
};

struct Accept {
  std::string check;
  std::vector<std::string> files;   // empty: any file
  std::vector<std::string> images;  // empty: any image
  std::string reason;
  std::optional<std::chrono::sys_days> until;  // the last day, UTC
  Place place;
};

// What one [signer.NAME] says. The pattern is whole but for the key's fingerprint, which is not in this file: it is
// that of `key_pem`, or of what `key_file` holds.
struct Signer {
  std::string name;
  image::SignerPattern pattern;
  std::string key_file;      // relative to the root of the run, or absolute
  std::string key_pem;       // when it stands here
  std::string trusted_root;  // a file, as key_file; empty: the built-in one
  Place place;
  Place key_place;
  Place root_place;
};

// A name of a signer where a rule asks for it. Whether there is such a signer is known when outer files are read too.
struct SignerName {
  std::string name;
  Place place;
};

struct Rule {
  std::vector<std::string> images;
  std::vector<SignerName> all_of;
  std::vector<SignerName> any_of;
  std::size_t threshold = 1;  // of any_of
  Place place;
};

struct CheckSeverity {
  image::Severity severity = image::Severity::error;
  Place place;
};

struct Settings {
  std::string file;    // relative to the root of the run ("images.toml", "../images.toml"); empty: there is none
  std::string folder;  // its folder, relative to the root of the run; empty for the root itself
  std::vector<image::Platform> platforms;  // sorted; empty when not said
  std::map<std::string, Registry> registries;
  std::vector<Collect> collect;
  std::vector<Enforce> enforce;
  std::vector<FirstParty> first_party;
  std::vector<Ignore> ignore;
  std::vector<Accept> accept;
  std::map<std::string, Signer> signers;
  std::vector<Rule> rules;
  std::map<std::string, CheckSeverity> checks;
};

// `checks` are the ids that may stand in [checks] and [[accept]]. The first mistake in the order of the text is the
// error: ErrorKind::configuration with its place. `file` is relative to the root of the run.
[[nodiscard]] Result<Settings> read(std::string_view text, const std::string& file,
                                    std::span<const std::string_view> checks);

}  // namespace lock::settings
