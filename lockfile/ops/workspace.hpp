// What a run works on: the root, the scopes with their policies, and what is said about registries.
//
// Every deed in this folder takes a Workspace and, where it looks at the tree, a Scan. Paths are relative to `root`
// with '/', except `root` itself.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "lockfile/policy/policy.hpp"
#include "lockfile/settings/settings.hpp"

namespace lock::ops {

struct Scope {
  std::string folder;         // empty for the root
  std::string lock_file;      // "images.lock", "team/images.lock"
  std::string settings_file;  // empty when the scope has no images.toml
  policy::Policy policy;
};

// A `trusted-root` of some [signer.NAME].
struct TrustedRootFile {
  std::string file;  // relative to `root`, or absolute
  Place place;
};

struct Workspace {
  std::filesystem::path root;  // absolute
  std::vector<Scope> scopes;   // sorted by folder; the first is the root's
  std::map<std::string, settings::Registry> registries;
  std::map<std::string, TrustedRootFile> trusted_roots;  // by the name that signers record
  std::vector<std::string> signer_keys;                  // PEM, of the signers of kind cosign-key
  std::chrono::sys_days today;                           // the clock, once a run
};

}  // namespace lock::ops
