{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			64,
			32
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						30,
						70,
						60,
						28
					],
					"outlettype": [
						"",
						"",
						"int"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgoncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"textoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"usebgoncolor": 1,
					"usetextovercolor": 0,
					"legacytextcolor": 1,
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"rounded": 6.0,
					"outputmode": 0,
					"mode": 0,
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						2,
						2,
						60,
						28
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						130,
						96.0,
						22
					],
					"text": "ladmg.event #1"
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "inlet",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						30,
						30,
						30,
						30
					],
					"outlettype": [
						""
					],
					"comment": "bang presses it",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						240,
						70,
						105.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "loadmess text #2"
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-1",
						0
					],
					"destination": [
						"obj-2",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-3",
						0
					],
					"destination": [
						"obj-1",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-4",
						0
					],
					"destination": [
						"obj-1",
						0
					],
					"midpoints": [
						249.5,
						100,
						18,
						100,
						18,
						62,
						39.5,
						62
					]
				}
			}
		]
	}
}
