// Trusted roots: sigstore/protobuf-specs sigstore_trustroot.proto, the JSON that TUF distributes as trusted_root.json.
//
// A root names certificate authorities, certificate transparency logs, transparency logs and timestamp authorities,
// each with the time during which it may be trusted. Both ends of a range belong to it; a range without a start is a
// malformed root, and so is an unknown member: what this program does not understand might have been a restriction.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/chain.hpp"
#include "resolver/trust/crypto/key.hpp"
#include "resolver/trust/crypto/timestamp.hpp"

namespace lock::trust::sigstore {

// A transparency log or a CT log.
struct Log {
  std::string base_url;
  Bytes id;
  Bytes checkpoint_id;  // what checkpoints name by its first four bytes; the id unless the root says otherwise
  // ErrorKind::unsupported when the root gives the log an algorithm that cannot be verified here; the log is still
  // known, so that a signature which needs it is reported as unsupported rather than as untrusted.
  Result<crypto::PublicKey> key;
  crypto::Scheme scheme;
  crypto::Validity validity;
};

struct Authority {
  std::string uri;
  std::vector<crypto::Certificate> chain;  // leaf or intermediate first, root last; at least one
  crypto::Validity validity;
};

// Immutable after reading but for the memory of verified links; safe to share between threads. Not copied: one a run.
class TrustedRoot {
 public:
  // `name` is what signers record: "public-good", or the name of a file in images.toml. `file` says in errors what is
  // being read.
  [[nodiscard]] static Result<std::shared_ptr<const TrustedRoot>> parse(std::string_view json, std::string name,
                                                                        std::string_view file);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Log>& transparency_logs() const { return transparency_logs_; }
  [[nodiscard]] const std::vector<Log>& ct_logs() const { return ct_logs_; }
  [[nodiscard]] const std::vector<Authority>& certificate_authorities() const { return certificate_authorities_; }
  [[nodiscard]] const std::vector<Authority>& timestamp_authorities() const { return timestamp_authorities_; }
  [[nodiscard]] crypto::VerifiedLinks& links() const { return links_; }

  struct Contents {
    std::vector<Log> transparency_logs;
    std::vector<Log> ct_logs;
    std::vector<Authority> certificate_authorities;
    std::vector<Authority> timestamp_authorities;
  };
  TrustedRoot(std::string name, Contents contents);

 private:
  std::string name_;
  std::vector<Log> transparency_logs_;
  std::vector<Log> ct_logs_;
  std::vector<Authority> certificate_authorities_;
  std::vector<Authority> timestamp_authorities_;
  mutable crypto::VerifiedLinks links_;
};

}  // namespace lock::trust::sigstore
