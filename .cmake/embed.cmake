# Writes OUT: a C++ source that holds each of FILES (separated by |) as bytes, reached through SYMBOL().
string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(entries "")
set(index 0)
foreach(file ${files})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  get_filename_component(name ${file} NAME)
  string(APPEND arrays "constexpr unsigned char kFile${index}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${name}\", {reinterpret_cast<const char*>(kFile${index}), sizeof(kFile${index}) - 1}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUT} "#include \"ipe/base/embedded_file.h\"\n\nnamespace isthmus {\nnamespace {\n${arrays}}\n"
  "std::span<const EmbeddedFile> ${SYMBOL}();\nstd::span<const EmbeddedFile> ${SYMBOL}() {\n"
  "  static const EmbeddedFile files[] = {\n${entries}  };\n  return files;\n}\n}  // namespace isthmus\n")
