// Holds the precompiled <catch2/catch.hpp> that the tests reuse.
