// Image archives: tar members found in place, and a layout inside of one.
#include "resolver/registry/tar.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "resolver/registry/layout.hpp"
#include "tests/support/golden.hpp"

namespace lock::registry {
namespace {

// One header, with its checksum, and the padded data.
std::string member(const std::string& name, const std::string& data, char type = '0', const std::string& size = {}) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  put(0, name.substr(0, 100));
  put(100, "0000644");
  char octal[16];
  std::snprintf(octal, sizeof octal, "%011zo", data.size());
  put(124, size.empty() ? octal : size);
  header[156] = type;
  put(257, std::string("ustar\0", 6) + "00");
  put(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(octal, sizeof octal, "%06o", sum);
  put(148, std::string(octal) + '\0');
  return header + data + std::string((512 - data.size() % 512) % 512, '\0');
}
const std::string end_mark(1024, '\0');

std::string show(const std::string& archive) {
  const ReadAt read = [&](std::uint64_t offset, std::size_t size) -> Result<Bytes> {
    EXPECT_LE(offset + size, archive.size());
    return archive.substr(static_cast<std::size_t>(offset), size);
  };
  const auto index = read_tar(read, archive.size(), "a.tar");
  if (!index) return std::string(name_of(index.error().kind)) + ": " + index.error().message;
  std::string out;
  for (const auto& [name, where] : *index) {
    out +=
        name + "=" + archive.substr(static_cast<std::size_t>(where.offset), static_cast<std::size_t>(where.size)) + ";";
  }
  return out;
}

TEST(TarArchive, FindsMembersInPlace) {
  EXPECT_EQ(show(end_mark), "");
  EXPECT_EQ(show(member("./b", "two") + member("a", "one") + end_mark), "a=one;b=two;");
  EXPECT_EQ(show(member("d/", "", '5') + member("link", "", '2') + member("d/a", "x") + end_mark), "d/a=x;");
  const std::string deep = std::string(150, 'n') + "/a";
  EXPECT_EQ(show(member("././@LongLink", deep + '\0', 'L') + member("cut", "x") + end_mark), deep + "=x;");
  EXPECT_EQ(show(member("PaxHeader", "13 path=long\n8 a=b=c\n", 'x') + member("short", "x") + end_mark), "long=x;");
  EXPECT_EQ(show(member("big", "x", '0', std::string("\x80\0\0\0\0\0\0\0\0\0\0\1", 12)) + end_mark), "big=x;");
}

TEST(TarArchive, RefusesWhatIsNone) {
  const std::string broken = "configuration: a.tar is no tar archive that can be read: ";
  EXPECT_EQ(show(""), broken + "it ends without its end mark at byte 0");
  EXPECT_EQ(show(std::string(100, '\0')), broken + "it ends without its end mark at byte 0");
  EXPECT_EQ(show(member("a", "one")), broken + "it ends without its end mark at byte 1024");
  EXPECT_EQ(show(std::string(1024, 'x')), broken + "a header with a wrong checksum at byte 0");
  std::string turned = member("a", "one") + end_mark;
  turned[0] = 'b';
  EXPECT_EQ(show(turned), broken + "a header with a wrong checksum at byte 0");
  EXPECT_EQ(show(member("a", "1") + member("a", "2") + end_mark), broken + "a second member \"a\" at byte 1024");
  EXPECT_EQ(show(member("a", "1") + member("./a", "2") + end_mark), broken + "a second member \"a\" at byte 1024");
  EXPECT_EQ(show(member("a", "1", '0', "77777777777") + end_mark),
            broken + "a member that is longer than the archive at byte 0");
  EXPECT_EQ(show(member("a", "1", '0', std::string("\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12)) + end_mark),
            broken + "a member without a size at byte 0");
  EXPECT_EQ(show(member("a", "1", '0', "-0000000001") + end_mark), broken + "a member without a size at byte 0");
  for (const char* bad : {"13 path=lon\n", "x path=a\n", "4\n", "99 path=a\n", "10 size=-1\n", "9 nothing"}) {
    EXPECT_EQ(show(member("PaxHeader", bad, 'x') + member("a", "x") + end_mark),
              broken + "an extended header that cannot be read at byte 0")
        << bad;
  }
  EXPECT_EQ(show(member("L", std::string(5000, 'n'), 'L') + member("a", "x") + end_mark),
            "limit: a.tar has a member with an extended header of 5000 bytes");
}

TEST(TarArchive, HoldsALayout) {
  const test::TemporaryFolder folder;
  const std::string manifest =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,)"
      R"("digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"layers":[]})";
  const image::Digest digest = image::Digest::sha256_of(manifest);
  const std::string index =
      R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
      digest.text() + R"(","size":)" + std::to_string(manifest.size()) +
      R"(,"annotations":{"io.containerd.image.name":"docker.io/library/app:1","org.opencontainers.image.ref.name":"1"}}]})";
  const std::string marker = member("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  const std::string blob = member("blobs/sha256/" + std::string(digest.hex()), manifest);
  folder.write("good.tar", blob + member("index.json", index) + member("manifest.json", "[]") + marker + end_mark);
  auto layout = Layout::open(folder.path() / "good.tar", "good.tar");
  ASSERT_TRUE(layout) << describe(layout.error());
  const auto app = *image::Reference::parse("app:1");
  const auto resolution = layout->resolve(app);
  ASSERT_TRUE(resolution);
  EXPECT_EQ(resolution->digest, digest);
  EXPECT_TRUE(layout->manifest(app.by_digest(digest)));

  folder.write("old.tar", member("manifest.json", "[]") + end_mark);
  const auto old = Layout::open(folder.path() / "old.tar", "old.tar");
  ASSERT_FALSE(old);
  EXPECT_EQ(describe(old.error()),
            "opening the image layout old.tar: it is an archive of the old kind, which holds no manifests, so nothing "
            "in it has the digest that a registry knows");

  folder.write("packed.tar", "\x1f\x8b and so on");
  const auto packed = Layout::open(folder.path() / "packed.tar", "packed.tar");
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().hint, "unpack it: gunzip packed.tar");

  folder.write("lies.tar", member("blobs/sha256/" + std::string(digest.hex()), "other") + member("index.json", index) +
                               marker + end_mark);
  auto lies = Layout::open(folder.path() / "lies.tar", "lies.tar");
  ASSERT_TRUE(lies);
  EXPECT_EQ(lies->manifest(app.by_digest(digest)).error().kind, ErrorKind::mismatch);
}

}  // namespace
}  // namespace lock::registry
