// The whole control plane as one static program: the first argument (or the name it is called by) says which part it is.
//
//	controlplane etcd|kube-apiserver|mini-controllers [FLAGS]
//
// etcd and kube-apiserver are upstream's, with all their flags; the mini-controllers are in controllers.go.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	part := filepath.Base(os.Args[0])
	if part == "controlplane" && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		part = os.Args[0]
	}
	switch part {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "mini-controllers":
		if err := runControllers(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "mini-controllers:", err)
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: controlplane etcd|kube-apiserver|mini-controllers [FLAGS]")
		os.Exit(2)
	}
}
