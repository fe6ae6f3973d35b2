// Image layouts and the cache on disk.
#include "resolver/registry/layout.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "resolver/registry/cache.hpp"

namespace lock::registry {
namespace {

namespace fs = std::filesystem;
using image::Digest;
using image::Reference;

class RegistryLayout : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("lock-layout-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "blobs" / "sha256");
    write("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  Digest blob(const std::string& text) {
    const Digest digest = Digest::sha256_of(text);
    write("blobs/sha256/" + std::string(digest.hex()), text);
    return digest;
  }
  static std::string entry(const Digest& digest, const std::string& annotations) {
    return R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + digest.text() +
           R"(","size":1,"annotations":{)" + annotations + "}}";
  }
  void index(const std::string& entries) {
    write("index.json", R"({"schemaVersion":2,"manifests":[)" + entries + "]}");
  }
  static Reference reference(const std::string& text) { return *Reference::parse(text); }

  static constexpr const char* manifest_ =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,)"
      R"("digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"layers":[]})";
  fs::path folder_;
};

TEST_F(RegistryLayout, HoldsSeveralRepositories) {
  const Digest a = blob(manifest_);
  const Digest b = blob("other");
  index(entry(a, R"("org.opencontainers.image.ref.name":"docker.io/library/nginx:1.25")") + "," +
        entry(b, R"("io.containerd.image.name":"ghcr.io/acme/app:1")") + "," +
        entry(b, R"("org.opencontainers.image.ref.name":"1.0")"));
  auto layout = Layout::open(folder_, "../images");
  ASSERT_TRUE(layout) << describe(layout.error());
  EXPECT_EQ(layout->resolve(reference("nginx:1.25"))->digest, a);
  EXPECT_EQ(layout->resolve(reference("ghcr.io/acme/app:1"))->digest, b);
  const auto missing = layout->resolve(reference("ghcr.io/acme/app:2"));
  EXPECT_EQ(missing.error().kind, ErrorKind::absent);
  EXPECT_EQ(missing.error().hint, "entries are named by full reference there; \"1.0\" is not one");
  EXPECT_EQ(layout->manifest(reference("nginx").by_digest(a))->bytes.bytes(), manifest_);
}

TEST_F(RegistryLayout, NoticesAManifestThatWasRewritten) {
  const Digest digest = blob(manifest_);
  index(entry(digest, R"("org.opencontainers.image.ref.name":"docker.io/library/nginx:1")"));
  write("blobs/sha256/" + std::string(digest.hex()), "something else");
  const auto layout = Layout::open(folder_, "../images");
  const Error other = layout->exists(reference("nginx").by_digest(digest)).error();
  EXPECT_EQ(other.kind, ErrorKind::mismatch);
  EXPECT_EQ(describe(other), "reading ../images/blobs/sha256/" + std::string(digest.hex()) +
                                 ": the bytes have digest " + Digest::sha256_of("something else").text() +
                                 ", expected " + digest.text());
  fs::remove(folder_ / "blobs" / "sha256" / std::string(digest.hex()));
  const Error gone = layout->exists(reference("nginx").by_digest(digest)).error();
  EXPECT_EQ(gone.kind, ErrorKind::absent);
  EXPECT_EQ(describe(gone), "the image layout ../images does not hold " + digest.text());
}

TEST_F(RegistryLayout, FindsReferrersBySubject) {
  const Digest subject = blob(manifest_);
  std::string signature = manifest_;
  signature.insert(signature.size() - 1, R"(,"artifactType":"application/vnd.test","subject":{"mediaType":)"
                                         R"("application/vnd.oci.image.manifest.v1+json","size":1,"digest":")" +
                                             subject.text() + "\"}");
  const Digest referrer = blob(signature);
  index(entry(subject, "") + "," + entry(referrer, ""));
  auto layout = Layout::open(folder_, "../images");
  const auto found = layout->referrers(reference("nginx").by_digest(subject));
  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_EQ(found->manifests.size(), 1U);
  EXPECT_EQ(found->manifests[0].digest, referrer);
  EXPECT_EQ(found->manifests[0].artifact_type, "application/vnd.test");
  EXPECT_TRUE(layout->referrers(reference("nginx").by_digest(referrer))->proven_absent);
}

TEST_F(RegistryLayout, RefusesWhatIsNoLayout) {
  const auto problem = [this] { return describe(Layout::open(folder_, "../images").error()); };
  const std::string name = "../images/index.json";
  index(entry(Digest::sha256_of("a"), R"("org.opencontainers.image.ref.name":"a.test/b:1")") + "," +
        entry(Digest::sha256_of("b"), R"("org.opencontainers.image.ref.name":"a.test/b:1")"));
  EXPECT_EQ(problem(), name + " has two entries named a.test/b:1 with different digests");
  write("index.json", R"({"schemaVersion":1,"manifests":[]})");
  EXPECT_EQ(problem(), name + " does not say schemaVersion 2");
  write("index.json", R"({"schemaVersion":2,"manifests":[{"digest":"sha256:../../x","size":1}]})");
  EXPECT_TRUE(problem().starts_with(name + " has an entry with a bad digest: ")) << problem();
  write("oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  EXPECT_EQ(problem(), "opening the image layout ../images: oci-layout does not say imageLayoutVersion 1.0.0");
}

TEST_F(RegistryLayout, TheCacheHashesAgain) {
  const Cache cache(folder_ / "cache");
  const auto bytes = image::VerifiedBytes::adopt("content", base::HashAlgorithm::sha256);
  EXPECT_EQ(cache.find(bytes.digest(), 100), std::nullopt);
  cache.keep(bytes);
  EXPECT_EQ(cache.find(bytes.digest(), 100)->bytes(), "content");
  EXPECT_EQ(cache.find(bytes.digest(), 3), std::nullopt);
  struct stat status{};
  ASSERT_EQ(stat((folder_ / "cache").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  const std::string hex(bytes.digest().hex());
  const fs::path file = folder_ / "cache" / "content" / "sha256" / hex.substr(0, 2) / hex;
  std::ofstream(file) << "poison";
  EXPECT_EQ(cache.find(bytes.digest(), 100), std::nullopt);
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(RegistryLayout, TagsLiveShortly) {
  const Cache cache(folder_ / "cache");
  const image::Resolution resolution{Digest::sha256_of("a"), "t", std::nullopt};
  cache.keep_tag(reference("nginx:1"), resolution, 1000);
  EXPECT_EQ(cache.find_tag(reference("nginx:1"), 1060, 60)->digest, resolution.digest);
  EXPECT_FALSE(cache.find_tag(reference("nginx:1"), 1061, 60));
  EXPECT_FALSE(cache.find_tag(reference("nginx:1"), 999, 60));
  EXPECT_FALSE(cache.find_tag(reference("nginx:1"), 1000, 0));
  EXPECT_FALSE(cache.find_tag(reference("nginx:2"), 1000, 60));
}

}  // namespace
}  // namespace lock::registry
