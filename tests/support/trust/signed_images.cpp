#include "tests/support/trust/signed_images.hpp"

#include "resolver/base/file.hpp"

namespace lock::test {
namespace {

constexpr std::string_view kBundle = "application/vnd.dev.sigstore.bundle.v0.3+json";

}  // namespace

SignedImages::SignedImages(std::size_t count, Personality personality) : registry_({.personality = personality}) {
  std::string dockerfile;
  registry_.change([&](Content& content) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "acme/app-" + std::to_string(i);
      add(content, name, !personality.referrers);
      dockerfile += "FROM " + registry_.host() + "/" + name + ":1\n";
    }
  });
  tree_.file("Dockerfile", dockerfile);
  tree_.file("root.json", boost::json::serialize(world_.trusted_root()));
  tree_.file("images.toml",
             "[signer.acme]\nkind = \"sigstore\"\ntrusted-root = \"root.json\"\n"
             "issuer = \"https://token.example\"\nsubject = \"https://github.com/acme/**\"\n");
}

void SignedImages::add(Content& content, const std::string& repository, bool fallback) {
  const std::string digest =
      content.add_image(repository, {.index = true, .salt = repository, .tag = "1", .name = repository});
  const std::string manifest = content.find(repository)->manifests.at(digest).bytes;
  const boost::json::value bundle = world_.sign({.message = manifest, .envelope = true});
  content.add_artifact(repository, {.artifact_type = std::string(kBundle),
                                    .layer_type = std::string(kBundle),
                                    .payload = boost::json::serialize(bundle),
                                    .subject = digest});
  if (fallback) content.add_fallback_tag(repository, digest);
}

std::string SignedImages::read(const std::string& file) const {
  return base::read_file(tree_ / file, std::size_t{64} << 20).value();
}

std::string SignedImages::name_again(std::string text) const {
  const std::string host = registry_.host();
  for (auto at = text.find(host); at != text.npos; at = text.find(host)) text.replace(at, host.size(), "HOST");
  return text;
}

}  // namespace lock::test
