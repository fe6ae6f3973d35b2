// What other implementations made, so that we do not merely agree with ourselves: cosign's signatures and attestations
// as they lay in a registry (tests/cases/cosign), and bundles of npm's sigstore (tests/cases/sigstore/recorded).
#include <gtest/gtest.h>

#include <filesystem>

#include "resolver/base/encoding.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/examiner.hpp"
#include "resolver/trust/sigstore/verify.hpp"
#include "tests/support/source_dir.hpp"
#include "tests/support/trust/signed_registry.hpp"
#include "tests/support/trust/world.hpp"

namespace lock::trust {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) { return base::read_file(path, std::size_t{1} << 20).value(); }

std::vector<fs::path> folders(std::string_view under) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(test::source_dir() / "tests/cases" / under)) {
    if (entry.is_directory()) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

TEST(Recorded, CosignByKey) {
  auto recorded = folders("cosign");
  std::erase_if(recorded, [](const fs::path& folder) { return !fs::exists(folder / "key.pub"); });
  ASSERT_EQ(recorded.size(), 2U);
  for (const fs::path& folder : recorded) {
    SCOPED_TRACE(folder.filename());
    test::SignedRegistry registry;
    const std::string image_file = contents(folder / "image");
    const auto digest = image::Digest::parse(base::trim(image_file)).value();
    registry.load(folder);
    const auto key = crypto::PublicKey::from_pem(contents(folder / "key.pub")).value();
    Examiner examiner(registry, {.roots = {}, .keys = {key}}, {}, 1);
    const std::vector<image::Reference> subjects{test::SignedRegistry::image(digest)};
    std::vector<std::string> lines;
    const auto found = examiner.survey(subjects);
    for (const auto& report : found.front().signatures) {
      lines.push_back(report.format + " | " + std::string(image::name_of(report.state)) + " | " +
                      report.predicate_type + " | " + report.reason +
                      (report.is_image_signature() ? " | of the image" : ""));
      EXPECT_EQ(report.signer ? report.signer->key : "", "sha256:" + base::to_hex(key.fingerprint()));
    }
    std::ranges::sort(lines);
    const bool bundles = folder.filename().string().starts_with("cosign-3");
    const std::vector<std::string> expected =
        bundles
            ? std::vector<
                  std::
                      string>{"sigstore bundle v0.3 | verified | https://sigstore.dev/cosign/sign/v1 |  | of the image",
                              "sigstore bundle v0.3 | verified | https://spdx.dev/Document | "}
            : std::vector<std::string>{"cosign attestation | verified | https://spdx.dev/Document | ",
                                       "cosign signature | verified |  |  | of the image"};
    EXPECT_EQ(lines, expected);

    const auto stranger = crypto::PublicKey::from_spki(test::Key::ecdsa().spki()).value();
    Examiner other(registry, {.roots = {}, .keys = {stranger}}, {}, 1);
    const auto untrusted = other.survey(subjects);
    for (const auto& report : untrusted.front().signatures) {
      EXPECT_EQ(report.state, image::SignatureState::untrusted);
    }
  }
}

// cosign against a private instance, recorded by tests/e2e/cosign_keyless.sh from a registry with the referrers API and
// from one without.
TEST(Recorded, CosignKeyless) {
  auto recorded = folders("cosign");
  std::erase_if(recorded, [](const fs::path& folder) { return !fs::exists(folder / "trusted_root.json"); });
  ASSERT_EQ(recorded.size(), 4U);
  for (const fs::path& folder : recorded) {
    SCOPED_TRACE(folder.filename());
    test::SignedRegistry registry;
    registry.load(folder);
    const std::string image_file = contents(folder / "image");
    const std::vector<image::Reference> subjects{
        test::SignedRegistry::image(image::Digest::parse(base::trim(image_file)).value())};
    const auto root = sigstore::TrustedRoot::parse(contents(folder / "trusted_root.json"), "private", "root").value();
    const auto found = Examiner(registry, {.roots = {root}, .keys = {}}, {}, 1).survey(subjects);
    ASSERT_EQ(found.front().signatures.size(), 1U);
    const auto& report = found.front().signatures.front();
    EXPECT_EQ(report.state, image::SignatureState::verified) << report.step << ": " << report.reason;
    EXPECT_TRUE(report.is_image_signature());
    ASSERT_TRUE(report.signer);
    EXPECT_EQ(report.signer->issuer, "https://token.example");
    EXPECT_EQ(report.signer->subject, "https://ci.example/acme/base");
    const bool bundle = folder.filename().string().starts_with("cosign3");
    EXPECT_EQ(report.format, bundle ? "sigstore bundle v0.3" : "cosign signature");

    const test::World other;
    const auto foreign =
        sigstore::TrustedRoot::parse(boost::json::serialize(boost::json::value(other.trusted_root())), "other", "root")
            .value();
    const auto stranger = Examiner(registry, {.roots = {foreign}, .keys = {}}, {}, 1).survey(subjects);
    EXPECT_EQ(stranger.front().signatures.front().state, image::SignatureState::untrusted);
  }
}

TEST(Recorded, BundlesOfNpmSigstore) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders("sigstore/recorded")) {
    const auto root = sigstore::TrustedRoot::parse(contents(folder / "trusted_root.json"), "recorded", "root").value();
    const Bytes manifest = contents(folder / "manifest");
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      if (!name.ends_with(".sigstore.json")) continue;
      SCOPED_TRACE(name);
      names.push_back(name);
      const auto bundle = sigstore::parse_bundle(contents(entry.path()));
      ASSERT_TRUE(bundle) << base::describe(bundle.error());
      const auto judge = [&](const Bytes& artifact) {
        return sigstore::verify(*bundle,
                                {.bytes = artifact, .digest = base::hash(base::HashAlgorithm::sha256, artifact)},
                                {.root = root.get(), .key = {}});
      };
      const auto good = judge(manifest);
      ASSERT_TRUE(good) << name_of(good.error().step) << ": " << good.error().reason;
      EXPECT_EQ(good->identity->issuer, "https://token.example");
      EXPECT_EQ(good->identity->subject, "https://ci.example/acme/base");
      EXPECT_FALSE(judge(manifest + "x"));
    }
  }
  EXPECT_EQ(names.size(), 6U);
}

}  // namespace
}  // namespace lock::trust
