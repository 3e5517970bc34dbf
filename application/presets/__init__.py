"""The built-in policies, one file each; `default` and `mediawiki` stand in the domain."""
