// The bundle verifier behind the command-line protocol of sigstore-conformance (docs/cli_protocol.md):
//
//   verify-bundle [--staging] --bundle F (--certificate-identity I --certificate-oidc-issuer U | --key K)
//                 [--trusted-root T] FILE_OR_DIGEST
//
// Exit 0 only for an accepted bundle; otherwise 1 and one line `refused at STEP (STATE): REASON` on standard error, or
// 2 for a usage that the protocol does not know. There is no built-in root for staging: with --staging a root is
// required.
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/encoding.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/trust/sigstore/public_good.hpp"
#include "resolver/trust/sigstore/verify.hpp"

namespace {

using namespace lock;
using trust::sigstore::Refusal;
using trust::sigstore::Step;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

int usage() {
  std::cerr << "usage: verify-bundle [--staging] --bundle F (--certificate-identity I --certificate-oidc-issuer U | "
               "--key K) [--trusted-root T] FILE_OR_DIGEST\n";
  return 2;
}

int report(const Refusal& refusal) {
  std::cerr << "refused at " << name_of(refusal.step) << " (" << image::name_of(refusal.state)
            << "): " << refusal.reason << "\n";
  return 1;
}

int report(Step step, const Error& error) { return report(trust::sigstore::refusal_of(step, error)); }

// "sha256:" and 64 hex digits that are no path, else the file.
Result<trust::sigstore::Artifact> read_artifact(const std::string& argument, Bytes& bytes) {
  constexpr std::string_view prefix = "sha256:";
  if (argument.starts_with(prefix) && argument.size() == prefix.size() + 64 && !std::filesystem::exists(argument)) {
    auto digest = base::from_hex(argument.substr(prefix.size()));
    if (!digest) return fail(ErrorKind::usage, "not a digest: " + argument);
    return trust::sigstore::Artifact{.bytes = std::nullopt, .digest = std::move(*digest)};
  }
  auto contents = base::read_file(argument, kMostBytes);
  if (!contents) return std::unexpected(contents.error());
  bytes = std::move(*contents);
  return trust::sigstore::Artifact{.bytes = bytes, .digest = base::hash(base::HashAlgorithm::sha256, bytes)};
}

Result<std::shared_ptr<const trust::sigstore::TrustedRoot>> read_root(
    const std::map<std::string, std::string>& options) {
  const auto file = options.find("--trusted-root");
  if (file == options.end()) {
    if (options.contains("--staging")) return fail(ErrorKind::usage, "the staging instance needs --trusted-root");
    return trust::sigstore::public_good_root();
  }
  const auto json = base::read_file(file->second, kMostBytes);
  if (!json) return std::unexpected(json.error());
  return trust::sigstore::TrustedRoot::parse(*json, "given", file->second);
}

int verify_bundle(const std::map<std::string, std::string>& options, const std::string& subject) {
  Bytes bytes;
  const auto artifact = read_artifact(subject, bytes);
  if (!artifact) return std::cerr << base::describe(artifact.error()) << "\n", 2;
  const auto root = read_root(options);
  if (!root) return report(Step::read_trusted_root, root.error());
  const auto json = base::read_file(options.at("--bundle"), kMostBytes);
  if (!json) return std::cerr << base::describe(json.error()) << "\n", 2;
  const auto bundle = trust::sigstore::parse_bundle(*json);
  if (!bundle) return report(Step::read_bundle, bundle.error());

  trust::sigstore::Policy policy{.root = root->get(), .key = {}};
  if (const auto key = options.find("--key"); key != options.end()) {
    const auto pem = base::read_file(key->second, kMostBytes);
    if (!pem) return std::cerr << base::describe(pem.error()) << "\n", 2;
    auto parsed = trust::crypto::PublicKey::from_pem(*pem);
    if (!parsed) return report(Step::choose_verifier, parsed.error());
    policy.key = std::move(*parsed);
  }
  const auto outcome = trust::sigstore::verify(*bundle, *artifact, policy);
  if (!outcome) return report(outcome.error());
  if (!policy.key) {
    const auto matched = trust::sigstore::check_identity(
        *outcome, {options.at("--certificate-oidc-issuer"), options.at("--certificate-identity")});
    if (!matched) return report(matched.error());
  }
  std::cerr << "verified: "
            << (outcome->identity ? outcome->identity->subject : base::to_hex(policy.key->fingerprint())) << "\n";
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.empty() || words[0] != "verify-bundle") return usage();
  std::map<std::string, std::string> options;
  std::optional<std::string> subject;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--staging") {
      options[words[i]] = "";
    } else if (words[i].starts_with("--") && i + 1 < words.size()) {
      options[words[i]] = words[i + 1];
      ++i;
    } else if (!subject) {
      subject = words[i];
    } else {
      return usage();
    }
  }
  const bool by_key = options.contains("--key");
  const bool by_identity = options.contains("--certificate-identity") && options.contains("--certificate-oidc-issuer");
  if (!subject || !options.contains("--bundle") || by_key == by_identity) return usage();
  return verify_bundle(options, *subject);
}
