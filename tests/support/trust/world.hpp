// A whole Sigstore instance made at run time: certificate authority, CT log, Rekor v1 and v2, timestamp authority, and
// the trusted root that names them. `sign` makes what an honest signer would get; a Recipe says in what way the world
// is not honest, and the JSON that comes out may be edited further.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/trust/pki.hpp"

namespace lock::test {

inline constexpr std::int64_t kSigningTime = 1772366400;  // 2026-03-01T12:00:00Z
inline constexpr std::int64_t kYear = 365 * 86400;

// The manifest of an image for linux/amd64 without layers; its configuration is the same for all.
inline constexpr std::string_view kImageConfig = R"({"architecture":"amd64","os":"linux"})";
[[nodiscard]] Bytes image_manifest(std::string_view salt);

struct Recipe {
  Bytes message = image_manifest("signed");
  bool envelope = false;
  std::string predicate_type = "https://sigstore.dev/cosign/sign/v1";
  std::string payload_type = "application/vnd.in-toto+json";
  std::optional<Bytes> statement_about;  // the message unless given
  std::optional<Bytes> payload;          // of an envelope; a statement with an empty predicate unless given

  bool v2_log = false;
  std::string entry_kind;  // default: hashedrekord; for envelopes in v1 dsse
  std::string entry_version = "";
  std::int64_t time = kSigningTime;        // of the log entry and the timestamp
  std::optional<std::int64_t> stamp_time;  // of the timestamp alone
  bool promise = true;                     // v1
  bool stamped = false;                    // v1; v2 always unless `unstamped`
  bool unstamped = false;
  bool embed_stamper = true;
  std::optional<Bytes> stamped_bytes;  // what the timestamp is over; the signature unless given
  std::string origin = "";             // of the checkpoint; the log's unless given

  std::optional<Key> key;  // signs without certificate
  std::optional<Key> leaf_key;
  std::string media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
  // The leaf, before the SCT is added.
  CertificateOptions leaf;
  std::optional<Bytes> issuer = Bytes("https://token.example");  // OIDC, extension .1.8; none when empty
  std::optional<Bytes> old_issuer;                               // extension .1.1
  bool sct = true;
  Bytes sct_extensions;
  bool root_signs_leaf = false;  // no intermediate
};

class World {
 public:
  World();

  // The trusted root, to be edited.
  [[nodiscard]] boost::json::object trusted_root() const;

  // A bundle for the recipe; v0.3 JSON.
  [[nodiscard]] boost::json::object sign(const Recipe& recipe) const;

  // Parts, for tests that build their own.
  [[nodiscard]] Issued issue_leaf(const Recipe& recipe) const;
  [[nodiscard]] boost::json::object log_entry(const Recipe& recipe, const Bytes& body, const std::string& kind,
                                              const std::string& version) const;

  Issued root, intermediate;
  Issued stamp_root, stamper;
  Key ct_log, rekor_1, rekor_2;
};

inline constexpr std::string_view kSubject =
    "https://github.com/acme/base/.github/workflows/release.yml@refs/tags/v1.2.3";
inline constexpr std::string_view kRekor1Name = "rekor.example";
inline constexpr std::string_view kRekor2Name = "log2026.rekor.example";

// The statement of an envelope about a digest.
[[nodiscard]] Bytes statement(std::string_view predicate_type, BytesView about_message);

// The world's own members are reached by path: `at(bundle, "verificationMaterial.tlogEntries.0.logIndex")`.
[[nodiscard]] boost::json::value& at(boost::json::value& value, std::string_view path);

}  // namespace lock::test
