// Copies from one scripted registry to another: what goes over the wire, and what becomes of it when the wire, the
// source or the destination misbehaves.
#include <gtest/gtest.h>

#include <filesystem>

#include "lockfile/ops/mirror.hpp"
#include "resolver/registry/client.hpp"
#include "resolver/registry/push.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/registry/scripted_registry.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;
using image::Reference;

Fault fault(const std::string& text) { return read_fault(json::parse(text).as_object()); }
constexpr std::size_t mib = std::size_t{1} << 20;

class RegistryCopier : public testing::Test {
 protected:
  registry::RegistryConfiguration configuration() const {
    registry::RegistryConfiguration out;
    out.cache = folder_.path() / "cache";
    out.now = [] { return std::int64_t{1'767'225'600}; };
    out.retry.first_wait = std::chrono::milliseconds(2);
    out.retry.longest_wait = std::chrono::milliseconds(4);
    out.upload_chunk = chunk_;
    out.environment = environment_;
    return out;
  }
  void add(const std::string& repository, const ImageOptions& options) {
    from_.change([&](Content& content) { content.add_image(repository, options); });
  }
  Reference image(const std::string& repository, const std::string& name) const {
    return *Reference::parse(from_.host() + "/" + repository + ":1@" + from_.digest_of(name));
  }
  std::vector<Result<image::Copied>> copy(const std::vector<Reference>& images) {
    registry::Client client(configuration());
    auto copier = client.copy_to_registry(to_.host(), "m", {});
    EXPECT_TRUE(copier);
    auto copies = (*copier)->copy(images);
    counts_ = (*copier)->counts();
    return copies;
  }
  std::string error_of(const Reference& image) {
    const auto copies = copy({image});
    if (copies[0]) return copies[0]->missing.empty() ? "copied" : "in part: " + describe(copies[0]->missing[0]);
    std::string text = describe(copies[0].error());
    for (const auto& [host, name] : {std::pair(from_.host(), "FROM"), std::pair(to_.host(), "TO"),
                                     std::pair(to_.host("other"), "OTHER"), std::pair(far_registry(), "REGISTRY")}) {
      for (std::size_t at = text.find(host); at != std::string::npos; at = text.find(host)) {
        text.replace(at, host.size(), name);
      }
    }
    return text;
  }
  void log_in() {
    environment_ = {
        {"DOCKER_AUTH_CONFIG", R"({"auths":{")" + to_.host() + R"(":{"username":"ann","password":"secret"}}})"}};
  }
  std::string far_registry() const { return registry::path_of_registry(from_.host()); }
  std::size_t sent_to_other() const {
    std::size_t count = 0;
    for (const LogEntry& entry : to_.log()) count += entry.door == "other" ? 1U : 0U;
    return count;
  }

  TemporaryFolder folder_;
  ScriptedRegistry from_;
  ScriptedRegistry to_;
  std::uint64_t chunk_ = mib;
  registry::ProcessEnvironment environment_;
  image::CopyCounts counts_;
};

TEST_F(RegistryCopier, SendsEachBlobOnceAndMountsItElsewhere) {
  add("team/a", {.platforms = {"linux/amd64"}, .salt = "same", .tag = "1", .name = "a"});
  add("team/b", {.platforms = {"linux/amd64"}, .salt = "same", .tag = "1", .name = "b"});
  const auto copies = copy({image("team/a", "a"), image("team/b", "b")});
  ASSERT_TRUE(copies[0]) << describe(copies[0].error());
  ASSERT_TRUE(copies[1]) << describe(copies[1].error());
  EXPECT_EQ(copies[0]->name, to_.host() + "/m/" + far_registry() + "/team/a:1");
  EXPECT_EQ(counts_.blobs, 2);
  EXPECT_EQ(counts_.blobs_mounted, 2);
  EXPECT_EQ(counts_.bytes, to_.counters().blob_bytes_received);
  EXPECT_EQ(to_.counters().of("PUT upload 201"), 2);
  EXPECT_EQ(to_.counters().of("POST upload 201"), 2);
  EXPECT_EQ(to_.counters().of("PUT manifest 201"), 2);
}

// The needed scope first: some registries honour only that.
TEST_F(RegistryCopier, MountsWithATokenForBothRepositories) {
  to_.set_personality(
      read_personality(json::parse(R"({"authentication": "bearer", "users": {"ann": "secret"}})").as_object()));
  log_in();
  add("a", {.platforms = {"linux/amd64"}, .salt = "same", .tag = "1", .name = "a"});
  add("b", {.platforms = {"linux/amd64"}, .salt = "same", .tag = "1", .name = "b"});
  const auto copies = copy({image("a", "a"), image("b", "b")});
  ASSERT_TRUE(copies[0]) << describe(copies[0].error());
  ASSERT_TRUE(copies[1]) << describe(copies[1].error());
  EXPECT_EQ(counts_.blobs_mounted, 2);
  const std::string m = "repository:m/" + far_registry() + "/";
  std::vector<std::string> scopes;
  for (const LogEntry& entry : to_.log()) {
    if (entry.kind == "token" && entry.scope.contains(" ")) scopes.push_back(entry.scope);
  }
  for (const std::string& scope : scopes) {
    EXPECT_TRUE(scope == m + "a:pull,push " + m + "b:pull" || scope == m + "b:pull,push " + m + "a:pull") << scope;
  }
  EXPECT_FALSE(scopes.empty());
}

TEST_F(RegistryCopier, CutsLargeBlobsIntoChunks) {
  add("a", {.layer_bytes = 3 * mib + 5, .tag = "1", .name = "a"});
  EXPECT_EQ(error_of(image("a", "a")), "copied");
  EXPECT_EQ(to_.counters().of("PATCH upload 202"), 3);
  EXPECT_EQ(to_.counters().blob_bytes_received, counts_.bytes);
}

TEST_F(RegistryCopier, GoesOnInTheMiddleOfABlobWhenAChunkFails) {
  add("a", {.layer_bytes = 3 * mib + 5, .tag = "1", .name = "a"});
  to_.add_fault(fault(R"({"match": {"method": "PATCH", "skip": 1, "times": 1}, "reset": true})"));
  EXPECT_EQ(error_of(image("a", "a")), "copied");
  // The scripted registry took the second chunk before it broke off, and says so when it is asked.
  EXPECT_EQ(to_.counters().of("GET upload 204"), 1);
  EXPECT_EQ(to_.counters().blob_bytes_received, counts_.bytes);
}

TEST_F(RegistryCopier, StartsAnUploadAnewThatTheRegistryForgot) {
  add("a", {.layer_bytes = 2 * mib + 5, .tag = "1", .name = "a"});
  to_.add_fault(fault(R"({"match": {"method": "PATCH", "skip": 1, "times": 1}, "status": 503})"));
  to_.add_fault(fault(R"({"match": {"method": "GET", "kind": "upload", "times": 1}, "status": 404})"));
  EXPECT_EQ(error_of(image("a", "a")), "copied");
}

TEST_F(RegistryCopier, TakesSmallerChunksWhereAProxyAllowsNoLargerOnes) {
  chunk_ = 4 * mib;
  add("a", {.layer_bytes = 3 * mib, .tag = "1", .name = "a"});
  std::string layer;
  from_.change([&](Content& content) {
    for (const auto& [digest, bytes] : content.find("a")->blobs) {
      if (bytes.size() == 3 * mib) layer = digest.substr(7);
    }
  });
  to_.add_fault(fault(R"({"match": {"method": "PUT", "kind": "upload", "query": "*)" + layer +
                      R"(*", "times": 1}, "status": 413})"));
  EXPECT_EQ(error_of(image("a", "a")), "copied");
}

TEST_F(RegistryCopier, SendsNoCredentialsToAnotherHostThatAnUploadNames) {
  to_.set_personality(
      read_personality(json::parse(R"({"authentication": "basic", "users": {"ann": "secret"}})").as_object()));
  log_in();
  add("a", {.tag = "1", .name = "a"});
  to_.add_fault(fault(
      R"({"match": {"method": "POST", "kind": "upload"}, "set": {"Location": "http://${other}/v2/m/blobs/uploads/x"}})"));
  const std::string text = error_of(image("a", "a"));
  EXPECT_NE(text.find("PUT http://OTHER/v2/m/blobs/uploads/x?…: 401 Unauthorized"), std::string::npos) << text;
  EXPECT_GT(sent_to_other(), 0U);
  for (const LogEntry& entry : to_.log()) {
    EXPECT_TRUE(entry.door != "other" || entry.authorization == "none") << entry.text();
  }
}

TEST_F(RegistryCopier, BelievesNoPathThatAnUploadNames) {
  add("a", {.tag = "1", .name = "a"});
  to_.add_fault(fault(R"({"match": {"method": "POST", "kind": "upload"}, "set": {"Location": "/v2/m/../../secret"}})"));
  const std::string text = error_of(image("a", "a"));
  EXPECT_NE(text.find("goes on at a path with dot segments"), std::string::npos) << text;
}

TEST_F(RegistryCopier, NoticesARegistryThatKeepsOtherBytes) {
  add("a", {.tag = "1", .name = "a"});
  to_.add_fault(
      fault(R"({"match": {"method": "PUT", "kind": "manifest"}, "set": {"Docker-Content-Digest": "sha256:0"}})"));
  const std::string text = error_of(image("a", "a"));
  EXPECT_NE(text.find("and the registry calls it sha256:0"), std::string::npos) << text;
}

TEST_F(RegistryCopier, ReadsBackWhatItWrote) {
  add("a", {.tag = "1", .name = "a"});
  to_.add_fault(fault(R"({"match": {"method": "GET", "kind": "manifest"}, "corrupt": true})"));
  const std::string text = error_of(image("a", "a"));
  EXPECT_NE(text.find("reading back what was pushed: GET http://TO"), std::string::npos) << text;
}

TEST_F(RegistryCopier, PassesOnNothingThatIsNotWhatItsDigestSays) {
  add("a", {.tag = "1", .name = "a"});
  from_.add_fault(fault(R"({"match": {"method": "GET", "kind": "blob"}, "corrupt": true})"));
  const auto copies = copy({image("a", "a")});
  ASSERT_FALSE(copies[0]);
  EXPECT_EQ(copies[0].error().kind, ErrorKind::mismatch);
  EXPECT_EQ(to_.counters().blob_bytes_received, 0);
  EXPECT_EQ(to_.counters().of("PUT"), 0);
}

// The first two blobs break off at a million bytes; what is shorter, the config, is whole.
constexpr const char* breaks_off = R"({"match": {"method": "GET", "kind": "blob", "times": 2}, "truncate": 1000000})";

TEST_F(RegistryCopier, FetchesTheRestOfABlobThatBreaksOff) {
  add("a", {.layer_bytes = 3 * mib, .tag = "1", .name = "a"});
  from_.add_fault(fault(R"({"match": {"method": "GET", "kind": "blob"}, "truncate": 1000000})"));
  EXPECT_EQ(error_of(image("a", "a")), "copied");
  EXPECT_EQ(from_.counters().of("GET blob 206"), 3);
  EXPECT_LT(from_.counters().bytes_sent, 3 * mib + 100'000) << "no part of it is sent twice";
}

TEST_F(RegistryCopier, FetchesABlobAgainWhereThereAreNoParts) {
  from_.set_personality(read_personality(json::parse(R"({"ranges": false})").as_object()));
  add("a", {.layer_bytes = 3 * mib, .tag = "1", .name = "a"});
  from_.add_fault(fault(breaks_off));
  EXPECT_EQ(error_of(image("a", "a")), "copied");
  EXPECT_EQ(from_.counters().of("GET blob 206"), 0);
}

struct PartCase {
  std::string what;
  std::string fault;  // of the first part that is sent
};

TEST_F(RegistryCopier, FetchesABlobAgainWhereThePartsDoNotFit) {
  const std::vector<PartCase> cases{
      {"the part is refused", R"("status": 416)"},
      {"the part is forbidden", R"("status": 403)"},
      {"another part is sent", R"("set": {"Content-Range": "bytes 0-2145727/3145728"})"},
      {"it does not say which part", R"("remove": ["Content-Range"])"},
      {"it is not a number", R"("set": {"Content-Range": "bytes x-y/z"})"},
      {"other bytes are sent", R"("corrupt": true)"},
  };
  for (const PartCase& one : cases) {
    const std::string name = "a" + std::to_string(&one - cases.data());
    add(name, {.layer_bytes = 3 * mib, .salt = name, .tag = "1", .name = name});
    from_.set_faults(
        {fault(breaks_off), fault(R"({"match": {"kind": "blob", "on-status": 206, "times": 1}, )" + one.fault + "}")});
    EXPECT_EQ(error_of(image(name, name)), "copied") << one.what;
  }
}

TEST_F(RegistryCopier, EndsWhereEveryPartBreaksOff) {
  add("a", {.layer_bytes = 3 * mib, .tag = "1", .name = "a"});
  from_.add_fault(fault(R"({"match": {"method": "GET", "kind": "blob"}, "truncate": 1000})"));
  EXPECT_TRUE(error_of(image("a", "a")).ends_with("the answer ended early, after 1000 bytes"))
      << error_of(image("a", "a"));
  EXPECT_LE(from_.counters().of("GET blob"), 16);
}

TEST_F(RegistryCopier, SaysWhatItTakesToPush) {
  add("a", {.tag = "1", .name = "a"});
  to_.add_fault(fault(R"({"match": {"method": "POST", "kind": "upload"}, "status": 403})"));
  const auto copies = copy({image("a", "a")});
  ASSERT_FALSE(copies[0]);
  EXPECT_EQ(copies[0].error().kind, ErrorKind::refused);
  EXPECT_TRUE(copies[0].error().hint.starts_with("pushing needs write access: ")) << copies[0].error().hint;
}

TEST_F(RegistryCopier, IsNotWholeWhenSignaturesCannotBeSeen) {
  add("a", {.tag = "1", .name = "a"});
  from_.add_fault(fault(R"({"match": {"kind": "referrers"}, "status": 500})"));
  EXPECT_TRUE(error_of(image("a", "a")).starts_with("in part: asking for the referrers of "));
}

// A list of referrers may name anything, the subject's own index included: it ends, and only what names the subject
// counts.
TEST_F(RegistryCopier, EndsWhereReferrersLeadInCircles) {
  add("a", {.platforms = {"linux/amd64", "linux/arm64"}, .tag = "1", .name = "a"});
  from_.change([&](Content& content) {
    const std::string subject = content.digest_of("a");
    const std::string child =
        R"({"mediaType":"application/vnd.oci.image.index.v1+json","size":1,"digest":")" + subject + R"("})";
    content.add_manifest("a",
                         R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" +
                             child + R"(],"subject":)" + child + "}",
                         "application/vnd.oci.image.index.v1+json");
  });
  const auto copies = copy({image("a", "a")});
  ASSERT_TRUE(copies[0]) << describe(copies[0].error());
  EXPECT_EQ(copies[0]->attached, 1);
}

// The record of an open upload lies where others may write.
TEST_F(RegistryCopier, BelievesNoRecordThatNamesAnotherRepository) {
  add("a", {.tag = "1", .name = "a"});
  to_.add_fault(fault(R"({"match": {"method": "PUT", "kind": "upload"}, "status": 400})"));
  EXPECT_NE(error_of(image("a", "a")), "copied");
  to_.set_faults({});
  to_.forget();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / "cache" / "uploads")) {
    write_text(entry.path(), "/v2/secret/blobs/uploads/1\n");
  }
  EXPECT_EQ(error_of(image("a", "a")), "copied");
  for (const LogEntry& entry : to_.log()) EXPECT_EQ(entry.target.find("secret"), std::string::npos);
}

TEST(RegistryUploads, ReadRangesOfUploads) {
  using registry::parse_upload_range;
  EXPECT_EQ(parse_upload_range("0-99"), 100U);
  EXPECT_EQ(parse_upload_range("bytes=0-99"), 100U);
  EXPECT_EQ(parse_upload_range("0-0"), 0U);
  for (const char* bad : {"", "1-99", "0-", "0-x", "-5", "0--5", "0-99999999999999999999", "0-9007199254740993"}) {
    EXPECT_EQ(parse_upload_range(bad), std::nullopt) << bad;
  }
}

TEST(RegistryUploads, NameRegistriesAsPaths) {
  EXPECT_EQ(registry::path_of_registry("docker.io"), "docker.io");
  EXPECT_EQ(registry::path_of_registry("localhost:5000"), "localhost_5000");
  EXPECT_EQ(registry::path_of_registry("[::1]:5000"), "1_5000");
  EXPECT_EQ(registry::path_of_registry("Registry.Example.com"), "registry.example.com");
}

TEST(MirrorDestination, IsAFolderOrARegistry) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "taken.example" / "x");
  const auto show = [&](const std::string& text) {
    const auto read = ops::read_destination(text, folder.path());
    if (!read) return "error: " + read.error().message + " (" + read.error().hint + ")";
    if (read->folder.empty()) return read->host + " " + read->prefix;
    return "folder " + read->folder.lexically_relative(folder.path()).string();
  };
  EXPECT_EQ(show("./backup"), "folder backup");
  EXPECT_EQ(show("backup/images/"), "folder backup/images");
  EXPECT_EQ(show("../backup"), "folder ../backup");
  EXPECT_EQ(show("mirror.example.com/backup"), "mirror.example.com backup");
  EXPECT_EQ(show("mirror.example.com"), "mirror.example.com ");
  EXPECT_EQ(show("localhost:5000/a/b/"), "localhost:5000 a/b");
  EXPECT_EQ(show("localhost/a"), "localhost a");
  EXPECT_EQ(show("taken.example/x"),
            "error: 'taken.example/x' may be a registry, and a folder of that name exists (write ./taken.example/x for "
            "the folder)");
  EXPECT_EQ(
      show("mirror.example.com/Backup"),
      "error: 'mirror.example.com/Backup' is neither a folder nor HOST/PREFIX of a registry (write ./FOLDER for a "
      "folder; a prefix is lower case, without tag and digest)");
  EXPECT_EQ(show(""), "error: the destination is empty (name a folder, or HOST/PREFIX)");
}

}  // namespace
}  // namespace lock::test
